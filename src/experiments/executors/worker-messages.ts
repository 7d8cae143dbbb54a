import { Interrupted, UserError } from '../../errors';
import type { TrainingProgress } from '../../training/task';
import type { Block, ComputeEnvironment } from '../block';
import type { Pace } from '../study-cost';

/** A block as it goes to another process, which finds the defense by its name. */
export type SentBlock = Omit<Block, 'defense'>;

export function sentBlock({ spec, source }: Block): SentBlock {
  return { spec, source };
}

/** What the parent tells a worker. */
export type ToWorker =
  | { readonly type: 'open'; readonly threads: number }
  | { readonly type: 'train'; readonly block: SentBlock; readonly store: string }
  | { readonly type: 'measure' }
  | { readonly type: 'pace'; readonly block: SentBlock; readonly budget: number }
  | { readonly type: 'abort' };

/** What a worker tells the parent; `rss` is its resident memory in bytes. */
export type FromWorker =
  | { readonly type: 'opened'; readonly compute: ComputeEnvironment; readonly rss: number }
  | { readonly type: 'progress'; readonly progress: TrainingProgress; readonly rss: number }
  | { readonly type: 'trained'; readonly here: boolean; readonly rss: number }
  | { readonly type: 'measured'; readonly gflops: number }
  | { readonly type: 'paced'; readonly pace: Pace }
  | { readonly type: 'failed'; readonly error: WorkerError; readonly rss: number };

/** An error as it crosses the border between processes; `reportedError` gives back what kind it was. */
export interface WorkerError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What was thrown, as it crosses. */
export function workerError(error: unknown): WorkerError {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

/** An error of the block that a worker reported, with the stack that it had there. */
export class WorkerFailed extends Error {
  override readonly name: string;

  constructor({ name, message, stack }: WorkerError) {
    super(message);
    this.name = name;
    this.stack = stack;
  }
}

/** What was reported: what the user did wrong stays a UserError, and what was interrupted is no failure. */
export function reportedError(report: WorkerError): Error {
  switch (report.name) {
    case 'UserError':
      return new UserError(report.message);
    case 'Interrupted':
      return new Interrupted(report.message);
    default:
      return new WorkerFailed(report);
  }
}

/**
 * Lets through the last step of an epoch, and others no more often than every so many milliseconds: messages cost more
 * than steps.
 */
export function throttled(
  everyMs: number,
  report: (progress: TrainingProgress) => void,
): (progress: TrainingProgress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (progress.step < progress.steps && now - last < everyMs) return;
    last = now;
    report(progress);
  };
}
