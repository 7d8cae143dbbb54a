import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataset } from '../../src/data/registry';
import { blockId, type BlockSpec } from '../../src/experiments/block';
import { planStudy } from '../../src/experiments/plan';
import { Store } from '../../src/experiments/store';
import { study } from '../../src/experiments/study';
import { trainBlock } from '../../src/experiments/train-block';
import { openBackend } from '../../src/backend/backend';
import { tiny } from '../../src/studies/tiny';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let spec: BlockSpec;
let store: Store;
beforeAll(async () => {
  const data = await dataset('location30');
  const backend = await openBackend();
  const compute = { name: backend.name, version: backend.version, threads: 1, gpu: false };
  spec = planStudy(study({ ...tiny, epochs: 2 }), data, compute).blocks[0].spec;
  store = Store.open(folder);
  await trainBlock(spec, { backend, dataset: data, store });
});

const blockFile = (name: string): string => join(folder, 'blocks', blockId(spec), name);

describe('Store', () => {
  it('gives back what was trained, members first', () => {
    const { epochs, losses, correct, signals } = store.read(spec)![0];
    expect([...epochs]).toEqual([2]);
    expect([losses.length, correct.length, signals.n]).toEqual([2504, 2504, 2504]);
    expect(signals.members.indexOf(0)).toBe(1252);
  });

  it('holds weights that say what they are, and no name of this machine’s folders', () => {
    const weights = readFileSync(blockFile('weights.safetensors')).toString('latin1');
    expect(weights).toContain('classifier.bias');
    expect(readFileSync(blockFile('block.json'), 'utf8')).not.toContain(folder);
  });

  it('has no block for a specification that differs anywhere', () => {
    expect(store.read({ ...spec, seed: 99 })).toBeNull();
    expect(store.read({ ...spec, compute: { ...spec.compute, threads: 2 } })).toBeNull();
    expect(store.read({ ...spec, revisions: { ...spec.revisions, loss: 2 } })).toBeNull();
  });

  it('finds a flipped bit, and forgets the block so that it is trained again', () => {
    const content = readFileSync(blockFile('outputs.safetensors'));
    content[content.length - 100] ^= 1;
    writeFileSync(blockFile('outputs.safetensors'), content);
    expect(store.read(spec)).toBeNull();
    expect(readdirSync(join(folder, 'blocks'))).toEqual([]);
  });

  it('trains from the start where a checkpoint is cut short', async () => {
    const data = await dataset('location30');
    const backend = await openBackend();
    const other = { ...spec, seed: 3 };
    mkdirSync(join(folder, 'checkpoints'), { recursive: true });
    writeFileSync(store.checkpointFile(other), 'half a file');
    await trainBlock(other, { backend, dataset: data, store });
    expect([...store.read(other)![0].epochs]).toEqual([2]);
  });

  it('says that a folder cannot be written, why, and what to do', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => Store.open(join(file, 'store'))).toThrow(
      /cannot be written: .* must be a folder. Choose another folder/,
    );
  });
});

describe('blockId', () => {
  it('does not depend on the order in which fields were written', () => {
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as unknown as BlockSpec;
    expect(blockId(reversed)).toBe(blockId(spec));
  });
});

describe('trainBlock', () => {
  it('that diverges keeps the last good checkpoint and says where', async () => {
    // The learning rate explodes at epoch 11, just after the checkpoint of epoch 10.
    const data = await dataset('location30');
    const backend = await openBackend();
    const wild = {
      ...spec,
      recipe: { ...spec.recipe, epochs: 14, milestones: [10], decay: 1e30, evaluateEvery: 10 },
    };
    await expect(trainBlock(wild, { backend, dataset: data, store })).rejects.toThrow(
      `The last good checkpoint, from after epoch 10, is kept: ${store.checkpointFile(wild)}.`,
    );
    expect(existsSync(store.checkpointFile(wild))).toBe(true);
  });
});
