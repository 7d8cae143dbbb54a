import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataset } from '../../src/data/registry';
import { BlocksFailed } from '../../src/experiments/block-failures';
import { mayStart } from '../../src/experiments/memory-limit';
import { planStudy, type PlannedBlock } from '../../src/experiments/plan';
import { Pool } from '../../src/experiments/pool';
import { ReadyQueue } from '../../src/experiments/ready-queue';
import { Store } from '../../src/experiments/store';
import { study } from '../../src/experiments/study';
import { tiny } from '../../src/studies/tiny';

const folder = mkdtempSync(join(tmpdir(), 'pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const block = (id: string, ...needs: string[]): PlannedBlock =>
  ({ id, needs, title: id }) as unknown as PlannedBlock;

describe('ReadyQueue', () => {
  it('gives up what needs a failed block, directly or not, and nothing else', async () => {
    const [a, b, c, d] = [block('a'), block('b', 'a'), block('c', 'b'), block('d')];
    const queue = new ReadyQueue([a, b, c, d]);
    expect(await queue.next()).toBe(a);
    expect(queue.fail(a)).toBe(2);
    expect(await queue.next()).toBe(d);
    expect(await queue.next()).toBeUndefined();
  });
});

describe('mayStart', () => {
  const busy = (rss: number) => ({ isBusy: true, rss });
  const idle = (rss: number) => ({ isBusy: false, rss });
  it('reckons a running block with as much as the largest took, and always lets one run', () => {
    expect(mayStart([busy(10)], 40, 80)).toBe(true);
    expect(mayStart([busy(10)], 41, 80)).toBe(false);
    expect(mayStart([busy(10), idle(10)], 35, 79)).toBe(false);
    expect(mayStart([idle(100)], 50, 1)).toBe(true);
  });
});

describe('Pool', () => {
  it('with too little memory for two runs one block after the other, each in a fresh process, and the others go on after a failure', async () => {
    const pool = await Pool.open({ threads: 1, workers: 2, memory: 1 });
    try {
      const input = { ...tiny, methods: [{ loss: 'ce' as const }], seeds: [1, 2] };
      const { blocks } = planStudy(study(input), await dataset('location30'), pool.compute);
      const broken = { ...blocks[1].spec, recipe: { ...blocks[1].spec.recipe, learningRate: 1e12 } };
      const wanted = blocks.map((each, i) => (i === 1 ? { ...each, spec: broken } : each));
      const store = Store.open(join(folder, 'store'));
      let running = 0;
      let most = 0;
      const failed: string[] = [];
      const end = (): void => void running--;
      const work = pool.train(wanted, store, {
        events: {
          onStart: () => (most = Math.max(most, ++running)),
          onFinish: end,
          onFail(which) {
            failed.push(which.title);
            end();
          },
        },
      });
      await expect(work).rejects.toThrow(BlocksFailed);
      await expect(work).rejects.toThrow(
        /One block could not be trained. All others are kept.\nCE, seed 1, shadow 1 .*diverged/,
      );
      expect(most).toBe(1);
      expect(failed).toEqual(['CE, seed 1, shadow 1']);
      expect(store.hasAll(blocks.map(({ id }) => id))).toEqual([true, false, true, true]);
    } finally {
      pool.close();
    }
  });
});
