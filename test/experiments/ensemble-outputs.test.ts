import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { dataset } from '../../src/data/registry';
import { blockId } from '../../src/experiments/block';
import { ensembleOutputs } from '../../src/experiments/ensemble-outputs';
import { LocalExecutor } from '../../src/experiments/executors/executor';
import { planStudy } from '../../src/experiments/plan';
import { Store } from '../../src/experiments/store/store';
import { exportStore } from '../../src/experiments/store/export';
import { study } from '../../src/experiments/study';
import { hingeMargin, scaledLogit } from '../../src/signals/log-softmax';

const folder = mkdtempSync(join(tmpdir(), 'outputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('lines up all models of one method, also from a store without logits and with some of the records', async () => {
  const data = await dataset('location30');
  const executor = new LocalExecutor(await openBackend(), data);
  const methods = [{ loss: 'ce' }, { loss: 'ccel' }] as const;
  const plan = planStudy(
    study({
      name: 'both',
      hidden: [8],
      methods,
      seeds: [1],
      ensemble: 4,
      chunk: 2,
      epochs: 1,
      attacks: ['loss'],
    }),
    data,
    executor.compute,
  );
  const [store, kept] = ['all', 'kept'].map((name) => Store.open(join(folder, name)));
  await executor.train(plan.blocks, store);
  const chosen = new Set([3, 70, 4000]);
  await exportStore(store, kept, { records: chosen });
  // Another block of the store is damaged: that is not this one's concern.
  mkdirSync(kept.blockFolder('f'.repeat(32)), { recursive: true });
  // The second method's third model: its block is the second chunk.
  const { block, place } = plan.runs[1].targets[2];
  const whole = await ensembleOutputs(blockId(block), { store });
  const some = await ensembleOutputs(`${blockId(block)}/${place}`, { store: kept });
  expect([whole.members.length, whole.records.length]).toEqual([4, 5010]);
  expect([...some.records]).toEqual([3, 70, 4000]);
  const model = store.read(block)![place];
  // A block has its members first; here records stand in the order of their numbers.
  const inOrder = <T extends Uint8Array | Float64Array>(values: T): T => {
    const sorted = values.slice() as T;
    model.records.forEach((record, row) => (sorted[record] = values[row]));
    return sorted;
  };
  expect(whole.members[2]).toEqual(inOrder(model.signals.members));
  expect(whole.scaledLogits[2]).toEqual(inOrder(scaledLogit(model.signals)));
  expect(whole.hinges[2]).toEqual(inOrder(hingeMargin(model.signals)));
  some.records.forEach((record, i) => {
    expect(some.members[2][i]).toBe(whole.members[2][record]);
    expect(some.scaledLogits[2][i]).toBe(Math.fround(whole.scaledLogits[2][record]));
  });
  await expect(ensembleOutputs('0'.repeat(32), { store })).rejects.toThrow(/is not in .* Pass the store/);
});
