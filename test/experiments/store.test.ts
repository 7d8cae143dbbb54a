import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { dataset } from '../../src/data/registry';
import { blockFromData, blockId, type BlockSpec } from '../../src/experiments/block';
import { planStudy } from '../../src/experiments/plan';
import { Store } from '../../src/experiments/store/store';
import { study } from '../../src/experiments/study';
import { trainBlock } from '../../src/experiments/train-block';
import { readParquet } from '../../src/platform/formats/parquet';
import { tiny } from '../../src/studies/small';
import { madeBlock, madeSpec } from './made-block';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const store = Store.open(folder);
const machine = { cpu: 'made' };
const fileOf = (spec: BlockSpec, name: string): string => join(folder, 'blocks', blockId(spec), name);
/** Every byte of an array, so that negative zero differs from zero. */
const bits = (value: unknown): unknown =>
  JSON.stringify(value, (_key, item: unknown) =>
    ArrayBuffer.isView(item)
      ? `${item.constructor.name} ${Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('hex')}`
      : item,
  );
function flip(file: string, place: number): void {
  const content = readFileSync(file);
  content[place] ^= 1;
  writeFileSync(file, content);
}

describe('a block', () => {
  it('comes back bit for bit, one model or several', async () => {
    for (const models of [1, 3]) {
      const [spec, block] = [madeSpec(models, models), madeBlock(models)];
      await store.write(spec, block, machine);
      expect(bits(store.read(spec))).toBe(bits(block.models));
      expect(bits(store.readWeights(spec))).toBe(bits(block.weights));
    }
  });

  it('without evaluated epochs, as parts have none, comes back too', async () => {
    const [model] = madeBlock().models;
    const none = { epochs: new Int32Array(0), losses: new Float64Array(0), correct: new Uint8Array(0) };
    await store.write(madeSpec(5), { models: [{ ...model, ...none }], weights: [{}] }, machine);
    expect(bits(store.read(madeSpec(5)))).toBe(bits([{ ...model, ...none }]));
  });

  it('holds Parquet that another reader understands, with the losses that follow from the logits', async () => {
    const spec = madeSpec(6, 2);
    const block = madeBlock(2);
    await store.write(spec, block, machine);
    const { columns, rows } = await readParquet(fileOf(spec, 'records.parquet'));
    expect(rows).toBe(6 + 3 + 7 + 3);
    expect([...(columns.model as Int32Array)].join('')).toBe('0000000001111111111');
    expect((columns.part as string[]).slice(5, 10)).toEqual([
      'own',
      'elsewhere',
      'elsewhere',
      'elsewhere',
      'own',
    ]);
    const { logits, labels } = block.models[1].signals;
    const row = [...logits.subarray(3, 6)];
    expect((columns.logits as number[][])[9 + 1]).toEqual(row);
    const naive = -Math.log(Math.exp(row[labels[1]]) / row.reduce((sum, z) => sum + Math.exp(z), 0));
    expect((columns.loss as Float64Array)[9 + 1]).toBeCloseTo(naive, 10);
    const epochs = await readParquet(fileOf(spec, 'epochs.parquet'));
    const own = [...block.models[0].losses.subarray(6, 12)].filter(
      (_, i) => block.models[0].signals.members[i] === 1,
    );
    expect((epochs.columns.member_mean as Float64Array)[1]).toBeCloseTo(
      own.reduce((sum, loss) => sum + loss, 0) / own.length,
      12,
    );
    const losses = await readParquet(fileOf(spec, 'losses.parquet'));
    expect([...(losses.columns.loss as Float64Array)]).toEqual([
      ...block.models[0].losses,
      ...block.models[1].losses,
    ]);
    expect([...(losses.columns.record as Int32Array).subarray(0, 12)]).toEqual([
      ...block.models[0].records,
      ...block.models[0].records,
    ]);
  });

  it('says nothing of this machine’s folders', async () => {
    expect(readFileSync(fileOf(madeSpec(1), 'block.json'), 'utf8')).not.toContain(folder);
  });

  it('is another one where the specification differs anywhere', () => {
    const spec = madeSpec(1);
    expect(store.has(spec)).toBe(true);
    expect(store.has({ ...spec, compute: { ...spec.compute, threads: 2 } })).toBe(false);
    expect(store.has({ ...spec, revisions: { ...spec.revisions, loss: 2 } })).toBe(false);
  });

  it.each([
    ['a file', (at: string) => writeFileSync(at, 'text')],
    ['a link that leads nowhere', (at: string) => symlinkSync(join(folder, 'nowhere'), at)],
    ['a link to itself', (at: string) => symlinkSync(at, at)],
  ])('in whose place is %s is trained once, and then there', async (_, put) => {
    const spec = madeSpec(77);
    const at = join(folder, 'blocks', blockId(spec));
    rmSync(at, { recursive: true, force: true });
    put(at);
    expect(store.hasAll([blockId(spec)])).toEqual([false]);
    const lease = await store.acquire(spec);
    await store.write(spec, madeBlock(), machine);
    lease?.release();
    expect(Store.open(folder).hasAll([blockId(spec)])).toEqual([true]);
    expect(store.read(spec)).not.toBeNull();
    put(join(folder, 'blocks', '0'.repeat(32)));
    await store.writeEncoded('0'.repeat(32), { 'block.json': Buffer.from('{}') });
    rmSync(join(folder, 'blocks', '0'.repeat(32)), { recursive: true });
  });

  it('of an older schema, or one that was put into another’s place, is broken', async () => {
    const spec = madeSpec(7);
    await store.write(spec, madeBlock(), machine);
    const text = readFileSync(fileOf(spec, 'block.json'), 'utf8');
    writeFileSync(fileOf(spec, 'block.json'), text.replace('block/4', 'block/2'));
    expect(store.has(spec)).toBe(false);
    await store.write(spec, madeBlock(), machine);
    writeFileSync(fileOf(spec, 'block.json'), text.replace('"seed": 7', '"seed": 8'));
    expect(store.read(spec)).toBeNull();
  });
});

describe('a flipped bit', () => {
  const files = ['records.parquet', 'epochs.parquet', 'losses.parquet', 'weights.safetensors', 'block.json'];
  it.each(files)('in %s is found by has, also after the block was checked', async (name) => {
    const spec = madeSpec(20 + files.indexOf(name));
    await store.write(spec, madeBlock(), machine);
    expect(store.hasAll([blockId(spec)])).toEqual([true]);
    // In block.json: within the first checksum's key, so that it stays JSON.
    flip(
      fileOf(spec, name),
      readFileSync(fileOf(spec, name)).indexOf(name === 'block.json' ? 'd'.repeat(64) : '') + 9,
    );
    expect(Store.open(folder).has(spec)).toBe(false);
    expect(existsSync(fileOf(spec, 'block.json'))).toBe(false);
  });

  it.each(files.slice(0, 3))('in %s is found when the block is read', async (name) => {
    const spec = madeSpec(30 + files.indexOf(name));
    await store.write(spec, madeBlock(), machine);
    flip(fileOf(spec, name), 40);
    expect(store.read(spec)).toBeNull();
    expect(existsSync(fileOf(spec, name))).toBe(false);
  });

  it('leaves no temporary folder behind', () => {
    expect(readdirSync(join(folder, 'blocks')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('results', () => {
  const key = { kind: 'attack', models: ['a', 'b/1'], revision: 1, options: { attack: 'loss' } };
  it('come back by their key, with the numbers that JSON lacks', () => {
    const value = { auc: 0.5, bound: Infinity, none: NaN, zero: -0, text: 'x', list: [1, null] };
    store.writeResult(key, value);
    expect(store.readResult({ ...key, options: { attack: 'loss' } })).toEqual(value);
    expect(store.readResult({ ...key, models: ['b/1', 'a'] })).toBeUndefined();
    expect(store.readResult({ ...key, revision: 2 })).toBeUndefined();
  });

  it('that are damaged are made again', () => {
    const [file] = readdirSync(join(folder, 'results'));
    const path = join(folder, 'results', file);
    flip(path, readFileSync(path).indexOf('0.5'));
    expect(store.readResult(key)).toBeUndefined();
  });
});

describe('trainBlock', () => {
  let spec: BlockSpec;
  let options: Parameters<typeof trainBlock>[1];
  beforeAll(async () => {
    const data = await dataset('location30');
    const backend = await openBackend();
    const compute = { name: backend.name, version: backend.version, threads: 1, gpu: false };
    spec = planStudy(study({ ...tiny, epochs: 2 }), data, compute).blocks[0].spec;
    options = { backend, dataset: data, store };
  });

  it('keeps what it trained, members first, and gives its lease back', async () => {
    await trainBlock(blockFromData(spec), options);
    const { epochs, losses, correct, signals, elsewhere } = store.read(spec)![0];
    expect([...epochs]).toEqual([2]);
    expect([losses.length, correct.length, signals.n]).toEqual([2504, 2504, 2504]);
    expect(signals.members.indexOf(0)).toBe(1252);
    expect([...elsewhere.labels]).toEqual([...elsewhere.records].map((r) => options.dataset.y[r]));
    expect(readFileSync(fileOf(spec, 'weights.safetensors')).toString('latin1')).toContain('classifier.bias');
    expect(readdirSync(join(folder, 'leases'))).toEqual([]);
  });

  it('starts anew where a checkpoint is cut short', async () => {
    const other = { ...spec, seed: 3 };
    mkdirSync(join(folder, 'checkpoints'), { recursive: true });
    writeFileSync(store.checkpointFile(other), 'half a file');
    await trainBlock(blockFromData(other), options);
    expect([...store.read(other)![0].epochs]).toEqual([2]);
    expect(existsSync(store.checkpointFile(other))).toBe(false);
  });

  it('that diverges keeps the last good checkpoint, says where, and gives its lease back', async () => {
    // The learning rate explodes at epoch 11, just after the checkpoint of epoch 10.
    const recipe = { ...spec.recipe, epochs: 14, milestones: [10], decay: 1e30, evaluateEvery: 10 };
    const wild = { ...spec, recipe };
    await expect(trainBlock(blockFromData(wild), options)).rejects.toThrow(
      `The last good checkpoint, from after epoch 10, is kept: ${store.checkpointFile(wild)}.`,
    );
    expect(existsSync(store.checkpointFile(wild))).toBe(true);
    expect(store.isClaimed(blockId(wild))).toBe(false);
  });
});

describe('blockId', () => {
  it('does not depend on the order in which fields were written', () => {
    const reversed = Object.fromEntries(Object.entries(madeSpec(1)).reverse()) as unknown as BlockSpec;
    expect(blockId(reversed)).toBe(blockId(madeSpec(1)));
  });
});

describe('Store.open', () => {
  it('says that a folder cannot be made, why, and what to do', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(() => Store.open(join(file, 'store'))).toThrow(
      /cannot be written: .* must be a folder. Choose another folder/,
    );
    expect(() => Store.open(file)).toThrow(/must be a folder/);
  });
});

describe('Store.openExisting', () => {
  it('finds the store in the output folder of a study too, and tells if there is none', () => {
    const out = mkdtempSync(join(tmpdir(), 'out-'));
    const inside = join(out, 'store');
    mkdirSync(join(inside, 'blocks'), { recursive: true });
    expect([Store.openExisting(out).folder, Store.openExisting(inside).folder]).toEqual([inside, inside]);
    rmSync(out, { recursive: true });
    expect(() => Store.openExisting(out)).toThrow(/There is no store .*Check the path/);
  });
});
