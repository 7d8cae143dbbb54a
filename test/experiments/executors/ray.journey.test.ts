import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/platform/backend/backend';
import { dataset } from '../../../src/data/registry';
import { type Executor, LocalExecutor } from '../../../src/experiments/executors/executor';
import { planStudy, type Plan } from '../../../src/experiments/plan';
import { openRayExecutor, rayIsInstalled } from '../../../src/experiments/executors/ray/ray-executor';
import { missingIn, studyResult } from '../../../src/experiments/run-study';
import { Store } from '../../../src/experiments/store/store';
import { exportStore } from '../../../src/experiments/store/export';
import { study, type StudyInput } from '../../../src/experiments/study';
import { twelveBlocks } from '../../../src/studies/small';
import { RayCluster, type RayNode } from './ray-cluster';
import { Watch } from './ray-watch';

const root = mkdtempSync(join(tmpdir(), 'ray-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const selenaOnly = { ...twelveBlocks, name: 'selena-only', methods: [twelveBlocks.methods[2]] } as StudyInput;
const diverging = { ...selenaOnly, name: 'diverging', learningRate: 1e20 } as StudyInput;

// A minute and a half where nothing else runs; far more at a load of 10.
const timeout = 600_000;

describe.skipIf(!rayIsInstalled())('the executor ray, on two nodes of this machine', { timeout }, () => {
  let cluster: RayCluster;
  let local: { readonly store: Store; readonly plan: Plan };
  let second: RayNode;
  let executor: Executor;

  async function planned(input: StudyInput): Promise<Plan> {
    const { compute } = new LocalExecutor(await openBackend({ threads: 1 }), await dataset('location30'));
    return planStudy(study(input), await dataset('location30'), compute);
  }

  beforeAll(async () => {
    cluster = await RayCluster.start();
    await cluster.addNode(1);
    second = await cluster.addNode(1);
    const store = Store.open(join(root, 'local'));
    const plan = await planned(twelveBlocks);
    const inProcess = new LocalExecutor(await openBackend({ threads: 1 }), await dataset('location30'));
    await inProcess.train(plan.blocks, store);
    executor = await openRayExecutor({ address: cluster.address, threads: 1 });
    local = { store, plan };
  }, timeout);
  afterAll(() => cluster?.stop());

  function expectSameBits({ blocks }: Plan, store: Store): void {
    for (const { spec } of blocks) {
      expect(store.read(spec)).toEqual(local.store.read(spec));
      expect(store.readWeights(spec)).toEqual(local.store.readWeights(spec));
    }
  }

  it('gives the bits of one process when a node dies in the middle, and trains again only what was under way there', async () => {
    const { plan } = local;
    const store = Store.open(join(root, 'shared'));
    expect(executor.compute).toEqual(plan.blocks[0].spec.compute);
    const watch = new Watch(3, () => second.killAtWork());
    await executor.train(plan.blocks, store, { events: watch.events });
    expect(second.wasKilled).toBe(true);
    expect(watch.retried.length).toBe(1);
    expect(watch.trainedTwice().filter((id) => !watch.retried.includes(id))).toEqual([]);
    expect([...watch.finished].sort()).toEqual(plan.blocks.map(({ id }) => id).sort());
    expectSameBits(plan, store);
    expect(missingIn(plan, store)).toEqual([]);
    expect(readdirSync(join(store.folder, 'leases'))).toEqual([]);
    const [data, { compute }] = [await dataset('location30'), executor];
    const result = async (from: Store) =>
      studyResult({ study: study(twelveBlocks), data, plan, store: from, compute });
    expect(await result(store)).toEqual(await result(local.store));
  });

  it('sends blocks through the object store where nodes do not share a folder', async () => {
    const third = await cluster.addNode(1);
    const all = await planned(selenaOnly);
    const blocks = all.blocks.filter(({ spec }) => spec.models[0].role === 'target');
    const plan = { ...all, blocks };
    const store = Store.open(join(root, 'sent'));
    // One sub-model is there already: it goes to the nodes from this store.
    const [first] = plan.blocks;
    await exportStore(local.store, store, { keep: 'all', blocks: [first.id] });
    const executor = await openRayExecutor({ address: cluster.address, threads: 1, sharedStore: false });
    const watch = new Watch();
    // From the start: of the two sub-models that are missing one goes to this node, and later there may be nothing for it.
    void third.killAtWork();
    await executor.train(missingIn(plan, store), store, { events: watch.events });
    expect(watch.finished).not.toContain(first.id);
    expect(third.wasKilled).toBe(true);
    expect(watch.trainedTwice().filter((id) => !watch.retried.includes(id))).toEqual([]);
    expectSameBits(plan, store);
  });

  it('gives up a block that diverges and those that need it', async () => {
    const { blocks } = await planned(diverging);
    const part = blocks.find(({ spec }) => spec.part !== null)!;
    const needsIt = blocks.find(({ needs }) => needs.includes(part.id))!;
    const watch = new Watch();
    const training = executor.train([part, needsIt], Store.open(join(root, 'diverging')), {
      events: watch.events,
    });
    await expect(training).rejects.toThrow(/One block could not be trained\. 1 more need them[^]*diverged/);
    expect(watch.failed).toEqual([part.id]);
  });

  it('says which nodes are too small, and which address does not answer', async () => {
    await expect(openRayExecutor({ address: cluster.address, threads: 512 })).rejects.toThrow(
      /No node of the cluster has what a block asks for: 512 CPU/,
    );
    await expect(openRayExecutor({ address: '127.0.0.1:1', threads: 1 })).rejects.toThrow(
      /Ray cluster at 127\.0\.0\.1:1 did not do it/,
    );
  });
});
