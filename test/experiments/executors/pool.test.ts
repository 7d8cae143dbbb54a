import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataset } from '../../../src/data/registry';
import { Interrupted, UserError } from '../../../src/errors';
import { BlocksFailed } from '../../../src/experiments/executors/executor';
import { planStudy, type PlannedBlock } from '../../../src/experiments/plan';
import { mayStart, Pool } from '../../../src/experiments/executors/pool';
import { Store } from '../../../src/experiments/store/store';
import { study } from '../../../src/experiments/study';
import { tiny } from '../../../src/studies/small';

const folder = mkdtempSync(join(tmpdir(), 'pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

  /** Blocks of two seeds of cross-entropy. */
  async function blocksFor(pool: Pool, seeds = [1, 2]): Promise<readonly PlannedBlock[]> {
    const input = { ...tiny, methods: [{ loss: 'ce' as const }], seeds };
    return planStudy(study(input), await dataset('location30'), pool.compute).blocks;
  }

  it('ends when the store cannot be written, also while another place waits for memory', async () => {
    const pool = await Pool.open({ threads: 1, workers: 2, memory: 1 });
    const file = join(folder, 'no-folder');
    writeFileSync(file, '');
    const failed: string[] = [];
    const store = { folder: file, isClaimed: () => false } as unknown as Store;
    try {
      const work = pool.train(await blocksFor(pool), store, {
        events: { onFail: ({ title }) => failed.push(title) },
      });
      await expect(work).rejects.toThrow(UserError);
      expect(failed).toEqual([]);
    } finally {
      pool.close();
    }
  });

  it('stops when told to, during a training and during the start of a process, and calls neither a failure', async () => {
    const pool = await Pool.open({ threads: 1, workers: 2 });
    const store = Store.open(join(folder, 'interrupted'));
    const long = (await blocksFor(pool)).map((block) => ({
      ...block,
      spec: { ...block.spec, recipe: { ...block.spec.recipe, epochs: 100_000 } },
    }));
    const told: string[] = [];
    const stop = new AbortController();
    try {
      // The first place trains when the second has only begun to start.
      const work = pool.train(long, store, {
        signal: stop.signal,
        events: {
          onStart: (_, place) => told.push(`start ${place}`),
          onProgress: (_, place) => {
            if (place === 0) stop.abort();
          },
          onFail: (_, place) => told.push(`fail ${place}`),
          onFinish: (_, place) => told.push(`finish ${place}`),
        },
      });
      await expect(work).rejects.toThrow(Interrupted);
      expect(told).toEqual(['start 0', 'start 1']);
      // The same pool goes on to work.
      const blocks = (await blocksFor(pool)).slice(0, 2);
      await pool.train(blocks, store);
      expect(store.hasAll(blocks.map(({ id }) => id))).toEqual([true, true]);
    } finally {
      pool.close();
    }
  });
});
