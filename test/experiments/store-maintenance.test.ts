import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { blockId, type BlockSpec } from '../../src/experiments/block';
import { machineMark } from '../../src/experiments/store/lease';
import { queryRows } from '../../src/experiments/store/query';
import { Store } from '../../src/experiments/store/store';
import { exportStore } from '../../src/experiments/store/export';
import { findGarbage, removeGarbage } from '../../src/experiments/store/garbage';
import { diskUse, listBlocks, verifyStore, whyBlock } from '../../src/experiments/store/listing';
import { encodeSafetensors } from '../../src/platform/formats/safetensors';
import { projectRoot } from '../../src/paths';
import { madeBlock, madeSpec } from './made-block';

const root = mkdtempSync(join(tmpdir(), 'maintenance-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let number = 0;
let store: Store;
const id = (seed: number): string => blockId(madeSpec(seed));
const at = (...path: readonly string[]): string => join(store.folder, ...path);
const keyOf = (seed: number) => ({
  kind: 'attack',
  models: [id(seed)],
  revision: 1,
  options: { attack: 'loss' },
});
function flip(file: string): void {
  const content = readFileSync(file);
  content[Math.floor(content.length / 2)] ^= 1;
  writeFileSync(file, content);
}

beforeEach(async () => {
  store = Store.open(join(root, String(number++)));
  for (const seed of [1, 2, 3]) await store.write(madeSpec(seed), madeBlock(), { cpu: 'made' });
  store.writeResult(keyOf(1), { auc: 0.5 });
  store.writeResult(keyOf(2), { auc: 0.6 });
});

describe('verifyStore', () => {
  it('finds every damaged file, and removes nothing', () => {
    expect(verifyStore(store)).toEqual({ blocks: 3, results: 2, broken: [] });
    const files = ['records.parquet', 'epochs.parquet', 'losses.parquet', 'weights.safetensors'];
    for (const file of files) {
      const path = at('blocks', id(2), file);
      const before = readFileSync(path);
      flip(path);
      expect(verifyStore(store).broken).toEqual([
        { kind: 'block', id: id(2), why: `${file} is not what was written` },
      ]);
      writeFileSync(path, before);
    }
    rmSync(at('blocks', id(3), 'epochs.parquet'));
    expect(verifyStore(store).broken.map(({ id: broken }) => broken)).toEqual([id(3)]);
  });
});

describe('listBlocks and diskUse', () => {
  it('name the blocks and add up', () => {
    const listed = listBlocks(store);
    expect(listed.map(({ title }) => title)).toEqual(
      [1, 2, 3].map((seed) => `location30, mlp, ccel alpha=0.5, seed ${seed}, target`),
    );
    const { blocks, total, ...parts } = diskUse(store);
    expect([blocks, total]).toEqual([3, Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)]);
    const { weights, records, losses, epochs, descriptions } = parts;
    expect(listed.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
      weights + records + losses + epochs + descriptions,
    );
  });
});

describe('findGarbage', () => {
  it('finds rests of killed processes, dead leases, old checkpoints and broken blocks, and nothing else', async () => {
    const gone = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
    mkdirSync(at('blocks', `.${id(9)}.${machineMark}.${gone}.aa.tmp`));
    mkdirSync(at('blocks', `.${id(8)}.${machineMark}.${process.pid}.aa.tmp`));
    mkdirSync(at('checkpoints'));
    writeFileSync(store.checkpointFile(madeSpec(1)), 'of a finished block');
    writeFileSync(store.checkpointFile(madeSpec(7)), 'of one that is under way');
    const alive = store.claim(madeSpec(7))!;
    const dead = store.claim(madeSpec(6))!;
    const file = at('leases', `${id(6)}.json`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid":${process.pid}`, `"pid":${gone}`));
    flip(at('blocks', id(3), 'losses.parquet'));
    const found = await findGarbage(store, { patience: 0.5 });
    // Nothing of this process stirs in half a second, so that its lease looks dead too.
    expect(found.filter(({ path }) => !path.includes(id(7))).map(({ kind, path }) => [kind, path])).toEqual([
      ['temporary', `blocks/.${id(9)}.${machineMark}.${gone}.aa.tmp`],
      ['lease', `leases/${id(6)}.json`],
      ['checkpoint', `checkpoints/${id(1)}.safetensors`],
      ['broken block', `blocks/${id(3)}`],
    ]);
    expect(existsSync(at('blocks', id(3)))).toBe(true);
    removeGarbage(store, found);
    expect(existsSync(at('blocks', id(3)))).toBe(false);
    expect(existsSync(store.checkpointFile(madeSpec(7)))).toBe(true);
    expect(store.has(madeSpec(1))).toBe(true);
    alive.release();
    dead.release();
  });

  it('with studies or an age also finds blocks, with the results that were computed from them', async () => {
    const found = await findGarbage(store, { wanted: new Set([id(1), id(3)]) });
    expect(found.map(({ kind, path }) => `${kind} ${path.slice(0, 7)}`)).toEqual([
      'block blocks/',
      'result results',
    ]);
    removeGarbage(store, found);
    expect([1, 2, 3].map((seed) => store.has(madeSpec(seed)))).toEqual([true, false, true]);
    expect([store.readResult(keyOf(1)), store.readResult(keyOf(2))]).toEqual([{ auc: 0.5 }, undefined]);
    utimesSync(at('blocks', id(3), 'block.json'), 0, 0);
    expect((await findGarbage(store, { olderDays: 30 })).map(({ path }) => path)).toEqual([
      `blocks/${id(3)}`,
    ]);
  });
});

describe('whyBlock', () => {
  it('names the fields that differ from the nearest blocks', async () => {
    const spec = madeSpec(1);
    const changed: BlockSpec = { ...spec, recipe: { ...spec.recipe, learningRate: 0.2 } };
    await store.write(changed, madeBlock(), { cpu: 'made' });
    const why = whyBlock(store, blockId(changed).slice(0, 8));
    expect([why.isThere, why.nearest[0].id]).toEqual([true, id(1)]);
    expect(why.nearest[0].differences).toEqual([{ path: 'recipe.learningRate', a: 0.2, b: 0.1 }]);
  });

  it('knows blocks that are planned or were begun', () => {
    const spec = { ...madeSpec(3), revisions: { ...madeSpec(3).revisions, loss: 2 } };
    const planned = { id: blockId(spec), spec, title: '', needs: [] };
    const differences = [{ path: 'revisions.loss', a: 2, b: 1 }];
    expect(whyBlock(store, planned.id, [planned]).nearest[0]).toMatchObject({ id: id(3), differences });
    mkdirSync(at('checkpoints'));
    const metadata = { training: JSON.stringify({ identity: spec }) };
    writeFileSync(store.checkpointFile(spec), encodeSafetensors({ arrays: {}, metadata }));
    expect(whyBlock(store, planned.id)).toMatchObject({
      isThere: false,
      nearest: [{ id: id(3), differences }, {}, {}],
    });
    expect(() => whyBlock(store, 'abc123')).toThrow(/No block with the id abc123/);
    expect(() => whyBlock(store, '')).toThrow(/No block/);
  });
});

describe('exportStore', () => {
  it('keeps what can be looked at, without weights and logits', async () => {
    const to = Store.open(join(root, `export-${number}`));
    expect(await exportStore(store, to, { blocks: [id(1), id(3)] })).toEqual({ blocks: 2, results: 1 });
    const sql =
      "select seed, keep, avg(loss) from records join runs using (block, model) where records.part = 'own' group by all order by 1";
    const of = async (one: Store) => (await queryRows(sql, { store: one })).rows;
    const float32 = (loss: unknown): unknown => expect.closeTo(Number(loss), 6);
    expect(await of(to)).toEqual(
      (await of(store))
        .filter(([seed]) => seed !== 2)
        .map(([seed, , loss]) => [seed, 'outputs', float32(loss)]),
    );
    expect(
      (await queryRows('select count(*), max(train_accuracy) from epochs', { store: to })).rows[0][0],
    ).toBe(4);
    expect(to.readResult(keyOf(1))).toEqual({ auc: 0.5 });
    expect(verifyStore(to).broken).toEqual([]);
    expect(existsSync(join(to.blockFolder(id(1)), 'weights.safetensors'))).toBe(false);
  });

  it('keeps some of the records on demand, with the statistics that attacks are made from', async () => {
    const to = Store.open(join(root, `export-${number}`));
    const wanted = [...madeBlock().models[0].records.slice(0, 3)].sort((a, b) => a - b);
    await exportStore(store, to, { blocks: [id(1)], records: new Set(wanted) });
    const of = async (one: Store) =>
      (
        await queryRows(
          "select model, record, member, scaled_logit, hinge from records where part = 'own' " +
            `and block = '${id(1)}' and record in (${wanted.join(', ')}) order by model, record`,
          { store: one },
        )
      ).rows;
    const count = await queryRows('select count(*) from records', { store: to });
    const full = await of(store);
    expect(count.rows[0][0]).toBe(full.length);
    const close = full.map((row) =>
      row.map((cell) => (typeof cell === 'number' ? expect.closeTo(cell, 5) : cell)),
    );
    expect(await of(to)).toEqual(close);
  });

  it('makes no block that a study would reuse, and a trained one takes its place', async () => {
    const to = Store.open(join(root, `export-${number}`));
    await exportStore(store, to);
    expect([to.has(madeSpec(1)), to.read(madeSpec(1))]).toEqual([false, null]);
    expect(existsSync(to.blockFolder(id(1)))).toBe(true);
    await to.write(madeSpec(1), madeBlock(), { cpu: 'made' });
    expect(to.has(madeSpec(1))).toBe(true);
  });
});

describe('the commands', () => {
  const ccl = (...args: readonly string[]): string =>
    execFileSync(
      process.execPath,
      [join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs'), ...args, '--store', store.folder],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );

  it('answer in JSON, and verify ends with status 1 where something is broken', () => {
    expect(JSON.parse(ccl('query', 'select count(*) as n from runs', '--json'))).toEqual([{ n: 3 }]);
    expect(ccl('query', "select 'a,\"b' as x, [1, 2] as y", '--csv')).toBe('x,y\n"a,""b","[1,2]"\n');
    flip(at('blocks', id(1), 'weights.safetensors'));
    let status: number | null = 0;
    let out = '';
    try {
      ccl('store', 'verify', '--json');
    } catch (error) {
      ({ status, stdout: out } = error as { status: number; stdout: string });
    }
    expect([status, (JSON.parse(out) as { broken: unknown[] }).broken.length]).toEqual([1, 1]);
    expect(JSON.parse(ccl('store', 'gc', '--json'))).toMatchObject({
      removed: false,
      garbage: [{ kind: 'broken block', path: `blocks/${id(1)}` }],
    });
    expect(existsSync(at('blocks', id(1)))).toBe(true);
    ccl('store', 'gc', '--yes');
    expect(existsSync(at('blocks', id(1)))).toBe(false);
  });
});
