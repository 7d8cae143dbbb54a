import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockId } from '../../src/experiments/block';
import { runSql } from '../../src/experiments/store/duckdb';
import { query, queryRows } from '../../src/experiments/store/query';
import { Store } from '../../src/experiments/store/store';
import { makeManyBlocks } from './many-blocks';
import { madeBlock, madeSpec } from './made-block';

const root = mkdtempSync(join(tmpdir(), 'query-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// A name with what patterns and quotes make of it.
const store = Store.open(join(root, "it's [a] sto*re?"));
const ask = async (sql: string): Promise<unknown> => (await queryRows(sql, { store })).rows;
const count = 40;
const rowsOfOne = 6 + 3;

beforeAll(async () => {
  await makeManyBlocks(store, count);
  await store.write(madeSpec(1000, 3), madeBlock(3), { cpu: 'made' });
  // Large enough to be read where it lies.
  await store.write(madeSpec(1001), madeBlock(1, 9000), { cpu: 'made' });
});

describe('query', () => {
  it('has a row of runs for every model, with its settings and last epoch', async () => {
    expect(await ask('select count(*), count(distinct block), min(seed), max(seed) from runs')).toEqual([
      [count + 3 + 1, count + 2, 0, 1001],
    ]);
    const [row] = (await ask(
      `select data, network, defense, options->>'alpha', epochs, last_epoch, part, model, member_mean
       from runs where block = '${blockId(madeSpec(1000, 3))}' order by model desc limit 1`,
    )) as unknown[][];
    expect(row.slice(0, 8)).toEqual(['location30', 'mlp', 'ccel', '0.5', 4, 4, null, 2]);
    const { losses, signals } = madeBlock(3).models[2];
    const last = [...losses.subarray(signals.n)].filter((_, r) => signals.members[r] === 1);
    expect(row[8]).toBeCloseTo(last.reduce((sum, loss) => sum + loss) / last.length, 15);
  });

  it('finds small and large blocks in records and losses, with equal numbers', async () => {
    const rows = count * rowsOfOne + (6 + 7 + 8 + 9) + (9000 + 3);
    expect(await ask('select count(*) from records')).toEqual([[rows]]);
    const exact = madeBlock(1, 9000).models[0];
    const own = [...exact.losses.subarray(9000)].reduce((sum, loss) => sum + loss, 0);
    const [[sum, n]] = (await ask(
      `select sum(loss), count(*) from losses where block = '${blockId(madeSpec(1001))}' and epoch = 4`,
    )) as number[][];
    expect([sum, n]).toEqual([expect.closeTo(own, 12), 9000]);
    const logits = await ask(
      `select logits from records where block = '${blockId(madeSpec(0))}' and part = 'own' and record = 997`,
    );
    expect(logits).toEqual([[[...madeBlock().models[0].signals.logits.subarray(3, 6)]]]);
  });

  it('joins attacks with the runs that they attack', async () => {
    const rows = await ask(
      'select attack, count(*), max(auc), max(auc_high), min(tpr_at_fpr_0_01), max(shadows) from attacks join runs using (block, model) group by 1',
    );
    expect(rows).toEqual([['loss', count, 0.5 + (count - 1) / 1000, NaN, 0.5, 1]]);
  });

  it('gives whole numbers as numbers, and refuses those that would lose digits', async () => {
    expect(await ask('select 9007199254740991, sum(1::hugeint), [1::bigint], {a: 2::bigint}')).toEqual([
      [Number.MAX_SAFE_INTEGER, 1, [1], { a: 2 }],
    ]);
    await expect(ask('select 9007199254740993 as n')).rejects.toThrow(
      /Column n has the number 9007199254740993, which is beyond 2\^53 .* Ask for n::DOUBLE or n::VARCHAR/,
    );
    expect(JSON.stringify(await ask("select date '2020-01-02', null"))).toBe(
      '[["2020-01-02T00:00:00.000Z",null]]',
    );
  });

  it('is a danfo DataFrame, also without rows', async () => {
    const frame = await query('select seed, defense from runs order by seed limit 3', { store });
    expect([frame.shape, frame.columns, frame.values]).toEqual([
      [3, 2],
      ['seed', 'defense'],
      [
        [0, 'ccel'],
        [1, 'ccel'],
        [2, 'ccel'],
      ],
    ]);
    expect((await query('select seed from runs where seed < 0', { store })).shape).toEqual([0, 1]);
  });

  it('says what is wrong with the SQL, and with the store', async () => {
    await expect(ask('select nothing from runs')).rejects.toThrow(/The query failed.*nothing/s);
    await expect(queryRows('select 1', { store: join(root, 'none') })).rejects.toThrow(/There is no store/);
    expect(readdirSync(root)).not.toContain('none');
  });

  it('works on a store in which nothing is', async () => {
    const empty = Store.open(join(root, 'empty'));
    const { rows } = await queryRows(
      'select (select count(*) from runs), (select count(*) from attacks), (select count(*) from records where logits[1] > 0)',
      { store: empty },
    );
    expect(rows).toEqual([[0, 0, 0]]);
  });

  it('loads no extension from elsewhere', async () => {
    const { rows } = await runSql(
      "select current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')",
    );
    expect(rows).toEqual([[false, false]]);
  });
});

describe('the catalog', () => {
  const folder = join(root, 'catalog-store');
  const made = Store.open(folder);
  const seeds = async (): Promise<unknown> =>
    (await queryRows('select seed from runs order by seed', { store: made })).rows.map(([seed]) => seed);
  const tables = (): string[] =>
    readdirSync(join(folder, 'catalog')).filter((name) => /^[0-9a-f]{32}$/.test(name));

  it('grows with what is new, in one file a table', async () => {
    for (let seed = 0; seed < 12; seed++) {
      await made.write(madeSpec(seed), madeBlock(), { cpu: 'made' });
      expect(await seeds()).toEqual(Array.from({ length: seed + 1 }, (_, i) => i));
    }
    expect(tables()).toHaveLength(1);
  });

  it('forgets blocks that are gone, and sees those that were written anew', async () => {
    rmSync(made.blockFolder(blockId(madeSpec(4))), { recursive: true });
    rmSync(made.blockFolder(blockId(madeSpec(5))), { recursive: true });
    await made.write(madeSpec(5), madeBlock(1, 11), { cpu: 'made' });
    expect(await seeds()).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]);
    const { rows } = await queryRows(
      "select count(*) from records join runs using (block, model) where seed = 5 and records.part = 'own'",
      { store: made },
    );
    expect(rows).toEqual([[11]]);
  });

  it('can be deleted or damaged at any time', async () => {
    const before = await seeds();
    rmSync(join(folder, 'catalog'), { recursive: true });
    expect(await seeds()).toEqual(before);
    writeFileSync(join(folder, 'catalog', tables()[0], 'manifest.json'), '{');
    writeFileSync(join(folder, 'catalog', 'checked.json'), '{');
    expect(await seeds()).toEqual(before);
    const runs = join(folder, 'catalog', tables()[0], 'runs.parquet');
    const content = readFileSync(runs);
    content[content.length >> 1] ^= 1;
    writeFileSync(runs, content);
    expect(await seeds()).toEqual(before);
    expect(Store.open(folder).has(madeSpec(0))).toBe(true);
  });

  it('leaves broken blocks out', async () => {
    const file = join(made.blockFolder(blockId(madeSpec(7))), 'records.parquet');
    const content = readFileSync(file);
    content[100] ^= 1;
    writeFileSync(file, content);
    rmSync(join(folder, 'catalog'), { recursive: true });
    expect(await seeds()).not.toContain(7);
  });

  it('is not misled by what is no block', async () => {
    const before = await seeds();
    mkdirSync(join(folder, 'blocks', `.${'a'.repeat(32)}.deadbeef.1.x.tmp`));
    mkdirSync(join(folder, 'blocks', 'b'.repeat(32)));
    expect(await seeds()).toEqual(before);
  });
});
