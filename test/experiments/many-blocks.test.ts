import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { blockId } from '../../src/experiments/block';
import { queryRows } from '../../src/experiments/store/query';
import { Store } from '../../src/experiments/store/store';
import { madeSpec } from './made-block';
import { makeManyBlocks } from './many-blocks';

const folder = mkdtempSync(join(tmpdir(), 'many-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Its larger sibling, with 10,000 blocks and the promised times, is many-blocks.full.test.ts.
it('200 finished blocks are one file a table, found and asked quickly', async () => {
  const store = Store.open(folder);
  await makeManyBlocks(store, 200);
  const ids = Array.from({ length: 200 }, (_, seed) => blockId(madeSpec(seed)));
  expect(store.hasAll([...ids, 'f'.repeat(32)])).toEqual([...ids.map(() => true), false]);
  await queryRows('select 1', { store });
  const tables = readdirSync(join(folder, 'catalog')).filter((name) => /^[0-9a-f]{32}$/.test(name));
  expect(tables).toHaveLength(1);
  const start = performance.now();
  expect(Store.open(folder).hasAll(ids).every(Boolean)).toBe(true);
  const { rows } = await queryRows(
    'select count(*), count(distinct seed) from runs join attacks using (block)',
    {
      store,
    },
  );
  expect(rows).toEqual([[200, 200]]);
  expect(performance.now() - start).toBeLessThan(2000);
});
