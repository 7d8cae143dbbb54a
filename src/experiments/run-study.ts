import { dataset } from '../data/registry';
import type { Dataset } from '../data/dataset';
import { runningCell } from '../running-cell';
import { analyze } from './analyze';
import type { ComputeEnvironment } from './block';
import { cellProgress } from './cell-progress';
import type { ExecutorEvents } from './executors/executor';
import { forgetFailure, writeFailure } from './failure-log';
import { keptResult, modelsDigest } from './kept-result';
import { openExecutor, type ExecutorChoice } from './executors/open-executor';
import { planStudy, type Plan, type PlannedBlock } from './plan';
import type { StudyProgressPlan } from './progress-clock';
import { missingBlocks } from './executors/work';
import type { Store } from './store';
import type { Study } from './study';
import type { StudyResult } from './study-result';

export interface RunStudyOptions extends ExecutorChoice {
  readonly store: Store;
  /** The command that reproduces the result, for report and captions. */
  readonly command?: string;
  /** Default: the signal of the running notebook cell, if there is one. */
  readonly signal?: AbortSignal;
  /** Told once, before anything is trained. */
  readonly onPlan?: (plan: StudyProgressPlan) => void;
  /** Default: a line of progress in the running notebook cell, if there is one. */
  readonly events?: ExecutorEvents;
}

/**
 * Trains what the store lacks, attacks every target with its own shadow models, and sums up.
 * The same study and store give the same result, however often it was interrupted on the way, and with every executor.
 *
 * @throws UserError for bad input or a store that cannot be written, Interrupted when the signal aborts, BlocksFailed if
 *   blocks could not be trained (the others are kept)
 */
export async function runStudy(study: Study, options: RunStudyOptions): Promise<StudyResult> {
  const cell = runningCell();
  const shown = cell === undefined || options.events !== undefined ? undefined : cellProgress(cell);
  const { store, signal = cell?.signal, events = shown?.events ?? {}, onPlan = shown?.onPlan } = options;
  const data = await dataset(study.data);
  const executor = await openExecutor(options, study.threads, data);
  try {
    const plan = planStudy(study, data, executor.compute);
    const missing = missingIn(plan, store);
    onPlan?.({ blocks: plan.blocks, missing });
    const foreign = { blocks: 0 };
    await executor.train(missing, store, { signal, events: withFailureLog(events, store, foreign) });
    const trained = missing.length - foreign.blocks;
    const counts = { trained, reused: plan.blocks.length - trained };
    const { command = '' } = options;
    return {
      ...(await studyResult({ study, data, plan, store, compute: executor.compute })),
      command,
      blocks: counts,
    };
  } finally {
    await executor.close();
  }
}

/** The blocks of a plan that must be trained. */
export function missingIn(plan: Plan, store: Store): PlannedBlock[] {
  const there = wholeIn(plan, store);
  return missingBlocks(plan.blocks, ({ id }) => there.has(id));
}

/** Ids of the blocks of a plan that are in the store, whole. */
export function wholeIn({ blocks }: Plan, store: Store): ReadonlySet<string> {
  const ids = blocks.map(({ id }) => id);
  const there = store.hasAll(ids);
  return new Set(ids.filter((_, i) => there[i]));
}

/** A summary with more losses than this is not kept: reading them takes as long as summing up. */
const mostKeptLosses = 2_000_000;

/**
 * The result of a study whose blocks are all in the store; kept there, so that the same blocks are summed up once.
 *
 * @throws UserError if a block is missing
 */
export async function studyResult(of: {
  readonly study: Study;
  readonly data: Dataset;
  readonly plan: Plan;
  readonly store: Store;
  readonly compute: ComputeEnvironment;
}): Promise<StudyResult> {
  const { study, data, plan, store, compute } = of;
  const none = { command: '', blocks: { trained: 0, reused: 0 } };
  const summed = (): Promise<StudyResult> =>
    analyze({ study, dataset: data, compute, runs: plan.runs, store, ...none });
  if (plan.runs.length * data.records > mostKeptLosses) return summed();
  const models = [`study ${modelsDigest(plan.blocks.map(({ id }) => id))}`];
  return keptResult(store, { kind: 'study', models, options: { ...study } }, summed);
}

/** Keeps a log of failures, and counts blocks that other processes trained. */
function withFailureLog(events: ExecutorEvents, store: Store, foreign: { blocks: number }): ExecutorEvents {
  return {
    ...events,
    onFinish(block, place, here = true) {
      forgetFailure(store, block.id);
      if (!here) foreign.blocks++;
      events.onFinish?.(block, place, here);
    },
    onFail(block, place, error) {
      writeFailure(store, block, error);
      events.onFail?.(block, place, error);
    },
  };
}
