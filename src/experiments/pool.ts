import { Interrupted } from '../errors';
import type { TrainingProgress } from '../training/training-task';
import type { ComputeEnvironment } from './block';
import type { Executor, ExecutorEvents, ExecutorOptions } from './executor';
import type { PlannedBlock } from './plan';
import { ReadyQueue } from './ready-queue';
import type { Store } from './store';
import { WorkerCrashed, WorkerProcess } from './worker-process';

/** Child processes that train blocks side by side, one thread count for all of them. */
export class Pool implements Executor {
  readonly name = 'pool';

  private constructor(
    private readonly slots: WorkerProcess[],
    private readonly threads: number,
    readonly compute: ComputeEnvironment,
    private readonly workers: number,
  ) {}

  /**
   * Starts the first worker, which tells what this machine computes with; the others start when they are needed.
   *
   * @param workers how many processes at most
   */
  static async open(threads: number, workers: number): Promise<Pool> {
    const first = new WorkerProcess();
    try {
      return new Pool([first], threads, await first.open(threads), workers);
    } catch (error) {
      first.close();
      throw error;
    }
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events = {} }: ExecutorOptions = {},
  ): Promise<void> {
    const queue = new ReadyQueue(blocks, ({ id }) => store.isClaimed(id));
    let failure: unknown;
    const stop = (): void => {
      queue.stop();
      this.slots.forEach((worker) => worker.abort());
    };
    signal?.addEventListener('abort', stop);
    const drain = async (slot: number): Promise<void> => {
      for (let block = await queue.next(); block !== undefined; block = await queue.next()) {
        if (signal?.aborted) return;
        events.onStart?.(block, slot);
        await this.trainOne(block, slot, store, events);
        queue.finish(block);
        events.onFinish?.(block, slot);
      }
    };
    const guarded = (slot: number): Promise<void> =>
      drain(slot).catch((error: unknown) => {
        failure ??= error;
        stop();
      });
    try {
      const count = Math.min(this.workers, blocks.length);
      await Promise.all(Array.from({ length: count }, (_, slot) => guarded(slot)));
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

  private async trainOne(
    block: PlannedBlock,
    slot: number,
    store: Store,
    events: ExecutorEvents,
  ): Promise<void> {
    const message = { type: 'train', spec: block.spec, store: store.folder } as const;
    const onProgress = (progress: TrainingProgress): void => events.onProgress?.(block, slot, progress);
    try {
      await (await this.worker(slot)).train(message, onProgress);
    } catch (error) {
      if (!(error instanceof WorkerCrashed)) throw error;
      events.onRetry?.(block, slot, error);
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
