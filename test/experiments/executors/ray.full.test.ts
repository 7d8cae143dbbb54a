import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/platform/backend/backend';
import { dataset } from '../../../src/data/registry';
import { type Executor, LocalExecutor } from '../../../src/experiments/executors/executor';
import { planStudy, type Plan } from '../../../src/experiments/plan';
import { openRayExecutor, rayIsInstalled } from '../../../src/experiments/executors/ray/ray-executor';
import { missingIn } from '../../../src/experiments/run-study';
import { Store } from '../../../src/experiments/store/store';
import { study } from '../../../src/experiments/study';
import { randomStream } from '../../../src/platform/math/random';
import { twelveBlocks } from '../../../src/studies/small';
import { RayCluster } from './ray-cluster';
import { Watch } from './ray-watch';

const root = mkdtempSync(join(tmpdir(), 'ray-full-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!rayIsInstalled())('the executor ray', { timeout: 240_000 }, () => {
  let cluster: RayCluster;
  let executor: Executor;
  let local: { readonly store: Store; readonly plan: Plan };

  beforeAll(async () => {
    cluster = await RayCluster.start();
    await cluster.addNode(1);
    const data = await dataset('location30');
    const inProcess = new LocalExecutor(await openBackend({ threads: 1 }), data);
    const plan = planStudy(study(twelveBlocks), data, inProcess.compute);
    const store = Store.open(join(root, 'local'));
    await inProcess.train(plan.blocks, store);
    local = { store, plan };
    executor = await openRayExecutor({ address: cluster.address, threads: 1 });
  }, 240_000);
  afterAll(() => cluster?.stop());

  it('ends at once when a node computes in another way', async () => {
    const [block] = local.plan.blocks;
    const compute = { ...block.spec.compute, version: '1.0.0' };
    const other = { ...block, spec: { ...block.spec, compute } };
    await expect(executor.train([other], Store.open(join(root, 'other')))).rejects.toThrow(
      /version is .* instead of 1\.0\.0/,
    );
  });

  it('can be interrupted, and keeps what is finished', async () => {
    const store = Store.open(join(root, 'interrupted'));
    const controller = new AbortController();
    const watch = new Watch(1, () => controller.abort());
    const training = executor.train(local.plan.blocks, store, {
      events: watch.events,
      signal: controller.signal,
    });
    await expect(training).rejects.toThrow(/Interrupted/);
    expect(missingIn(local.plan, store).length).toBeLessThan(12);
  });

  it('loses nothing when a node dies at any moment, and another comes', async () => {
    const { plan } = local;
    for (let round = 0; round < 10; round++) {
      const node = await cluster.addNode(1);
      const store = Store.open(join(root, `round-${round}`));
      const watch = new Watch();
      const training = executor.train(plan.blocks, store, { events: watch.events });
      const seconds =
        5 + 20 * randomStream({ seed: 1, role: 'data', purpose: 'synthetic', step: round }).uniform();
      const kill = setTimeout(() => node.kill(), 1000 * seconds);
      await training;
      clearTimeout(kill);
      node.kill();
      expect(watch.trainedTwice().filter((id) => !watch.retried.includes(id))).toEqual([]);
      expect(watch.retried.length).toBeLessThanOrEqual(1);
      for (const { spec } of plan.blocks) {
        expect(store.read(spec)).toEqual(local.store.read(spec));
        expect(store.readWeights(spec)).toEqual(local.store.readWeights(spec));
      }
    }
  }, 1_500_000);
});
