import { availableParallelism } from 'node:os';
import { dataset } from '../data/registry';
import { analyze } from './analyze';
import { cellProgress } from './cell-progress';
import { runningCell } from '../running-cell';
import { planStudy } from './plan';
import type { ExecutorEvents } from './executor';
import { Pool } from './pool';
import type { StudyProgressPlan } from './progress-clock';
import { missingBlocks } from './ready-queue';
import type { Store } from './store';
import type { Study } from './study';
import type { StudyResult } from './study-result';

export interface RunStudyOptions {
  readonly store: Store;
  /** The command that reproduces the result, for report and captions. */
  readonly command?: string;
  /** Processes side by side; default as many as the cores allow with the study's threads. */
  readonly workers?: number;
  /** Default: the signal of the running notebook cell, if there is one. */
  readonly signal?: AbortSignal;
  /** Told once, before anything is trained. */
  readonly onPlan?: (plan: StudyProgressPlan) => void;
  /** Default: a line of progress in the running notebook cell, if there is one. */
  readonly events?: ExecutorEvents;
}

/**
 * Trains what the store lacks, attacks every target with its own shadow models, and sums up.
 * The same study and store give the same result, however often it was interrupted on the way.
 *
 * @throws UserError for bad input or a store that cannot be written, Interrupted when the signal aborts
 */
export async function runStudy(study: Study, options: RunStudyOptions): Promise<StudyResult> {
  const cell = runningCell();
  const shown = cell === undefined || options.events !== undefined ? undefined : cellProgress(cell);
  const { store, signal = cell?.signal, events = shown?.events, onPlan = shown?.onPlan } = options;
  const data = await dataset(study.data);
  const workers = options.workers ?? Math.max(1, Math.floor(availableParallelism() / study.threads));
  const pool = await Pool.open(study.threads, workers);
  try {
    const { runs, blocks } = planStudy(study, data, pool.compute);
    const there = store.hasAll(blocks.map(({ id }) => id));
    const known = new Map(blocks.map(({ id }, i) => [id, there[i]]));
    const missing = missingBlocks(blocks, ({ id }) => known.get(id)!);
    onPlan?.({ blocks, missing });
    await pool.train(missing, store, { signal, events });
    const counts = { trained: missing.length, reused: blocks.length - missing.length };
    return await analyze({
      study,
      dataset: data,
      compute: pool.compute,
      runs,
      store,
      command: options.command ?? '',
      blocks: counts,
    });
  } finally {
    pool.close();
  }
}
