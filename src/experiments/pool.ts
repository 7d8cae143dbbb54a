import { Interrupted } from '../errors';
import type { TrainingProgress } from '../training/training-task';
import type { BlockSpec, ComputeEnvironment } from './block';
import type { Store } from './store';
import { WorkerCrashed, WorkerProcess } from './worker-process';

/** What happens to blocks while a pool works, for people to look at. */
export interface PoolEvents {
  onStart?(spec: BlockSpec, slot: number): void;
  onProgress?(spec: BlockSpec, slot: number, progress: TrainingProgress): void;
  onFinish?(spec: BlockSpec, slot: number): void;
  /** A worker died; its block is tried once more in a new one. */
  onRetry?(spec: BlockSpec, slot: number, error: Error): void;
}

/** Worker processes that train blocks side by side, one thread count for all of them. */
export class Pool {
  private constructor(
    private readonly slots: WorkerProcess[],
    private readonly threads: number,
    /** What the workers compute with. */
    readonly compute: ComputeEnvironment,
  ) {}

  /** Starts the first worker, which tells what this machine computes with; the others start when they are needed. */
  static async open(threads: number): Promise<Pool> {
    const first = new WorkerProcess();
    try {
      return new Pool([first], threads, await first.open(threads));
    } catch (error) {
      first.close();
      throw error;
    }
  }

  /**
   * Trains blocks, in the given order as far as there are workers free.
   *
   * @param workers how many processes at most
   * @throws the first error that a block gave; blocks that others had under way are aborted, finished ones are kept
   * @throws Interrupted when the signal aborts
   */
  async train(
    specs: readonly BlockSpec[],
    store: Store,
    workers: number,
    signal?: AbortSignal,
    events: PoolEvents = {},
  ): Promise<void> {
    const queue = [...specs];
    let failure: unknown;
    const stop = (): void => this.slots.forEach((worker) => worker.abort());
    signal?.addEventListener('abort', stop);
    const drain = async (slot: number): Promise<void> => {
      for (let spec = queue.shift(); spec !== undefined && failure === undefined; spec = queue.shift()) {
        if (signal?.aborted) return;
        events.onStart?.(spec, slot);
        await this.trainOne(spec, slot, store, events);
        events.onFinish?.(spec, slot);
      }
    };
    const guarded = (slot: number): Promise<void> =>
      drain(slot).catch((error: unknown) => {
        failure ??= error;
        stop();
      });
    try {
      await Promise.all(Array.from({ length: Math.min(workers, specs.length) }, (_, slot) => guarded(slot)));
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    if (signal?.aborted)
      throw new Interrupted('Interrupted. Finished runs are kept: the same command goes on from here.');
    if (failure !== undefined) throw failure;
  }

  /** GFLOP/s of a 1024 x 1024 product, measured in the first worker. */
  measure(): Promise<number> {
    return this.slots[0].measure();
  }

  close(): void {
    this.slots.forEach((worker) => worker.close());
  }

  private async trainOne(spec: BlockSpec, slot: number, store: Store, events: PoolEvents): Promise<void> {
    const message = { type: 'train', spec, store: store.folder } as const;
    const onProgress = (progress: TrainingProgress): void => events.onProgress?.(spec, slot, progress);
    try {
      await (await this.worker(slot)).train(message, onProgress);
    } catch (error) {
      if (!(error instanceof WorkerCrashed)) throw error;
      events.onRetry?.(spec, slot, error);
      this.slots[slot] = new WorkerProcess();
      await this.slots[slot].open(this.threads);
      await this.slots[slot].train(message, onProgress);
    }
  }

  private async worker(slot: number): Promise<WorkerProcess> {
    if (this.slots[slot] === undefined) {
      this.slots[slot] = new WorkerProcess();
      await this.slots[slot].open(this.threads);
    }
    return this.slots[slot];
  }
}
