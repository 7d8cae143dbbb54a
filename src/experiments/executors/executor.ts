import type { TrainingProgress } from '../../training/training-task';
import type { ComputeEnvironment } from '../block';
import type { PlannedBlock } from '../plan';
import type { Store } from '../store';

/** What happens to blocks while an executor works, for people to look at. */
export interface ExecutorEvents {
  /** @param place where it runs: the number of a process from 0, or of a task */
  onStart?(block: PlannedBlock, place: number): void;
  onProgress?(block: PlannedBlock, place: number, progress: TrainingProgress): void;
  /** @param here false if another process that shares the store trained it meanwhile */
  onFinish?(block: PlannedBlock, place: number, here?: boolean): void;
  /** A process or node died; the block is tried once more elsewhere. */
  onRetry?(block: PlannedBlock, place: number, error: Error): void;
  /** A block is given up; the others go on. */
  onFail?(block: PlannedBlock, place: number, error: Error): void;
}

export interface ExecutorOptions {
  readonly signal?: AbortSignal;
  readonly events?: ExecutorEvents;
}

/** Where blocks are trained. Executors differ in nothing else: the same blocks give the same bits. */
export interface Executor {
  readonly name: 'local' | 'pool' | 'ray';
  /** What its processes compute with. */
  readonly compute: ComputeEnvironment;
  /**
   * Trains blocks into the store, each after those that it needs and that are in the list; the others must be in the store.
   *
   * A block that fails ends nothing but the blocks that need it.
   *
   * @throws BlocksFailed at the end, if blocks failed
   * @throws UserError at once for what is no matter of one block, e.g. a full disk; finished blocks are kept
   * @throws Interrupted when the signal aborts
   */
  train(blocks: readonly PlannedBlock[], store: Store, options?: ExecutorOptions): Promise<void>;
  close(): void | Promise<void>;
}
