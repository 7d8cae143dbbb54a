import type { TrainingProgress } from '../training/training-task';
import type { BlockSpec, ComputeEnvironment } from './block';
import type { Pace } from './measure-pace';

/** What the parent tells a worker. */
export type ToWorker =
  | { readonly type: 'open'; readonly threads: number }
  | { readonly type: 'train'; readonly spec: BlockSpec; readonly store: string }
  | { readonly type: 'measure' }
  | { readonly type: 'pace'; readonly spec: BlockSpec; readonly budget: number }
  | { readonly type: 'abort' };

/** What a worker tells the parent; `rss` is its resident memory in bytes. */
export type FromWorker =
  | { readonly type: 'opened'; readonly compute: ComputeEnvironment; readonly rss: number }
  | { readonly type: 'progress'; readonly progress: TrainingProgress; readonly rss: number }
  | { readonly type: 'trained'; readonly here: boolean; readonly rss: number }
  | { readonly type: 'measured'; readonly gflops: number }
  | { readonly type: 'paced'; readonly pace: Pace }
  | { readonly type: 'failed'; readonly error: WorkerError };

/** An error as it crosses the border between processes. */
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

/**
 * Lets through the last step of an epoch, and others no more often than every so many milliseconds: messages cost more
 * than steps.
 */
export function throttled(
  everyMs: number,
  report: (progress: TrainingProgress) => void,
): (progress: TrainingProgress) => void {
  let last = 0;
  return (progress) => {
    const now = Date.now();
    if (progress.step < progress.steps && now - last < everyMs) return;
    last = now;
    report(progress);
  };
}
