import { availableParallelism } from 'node:os';
import { Interrupted } from '../errors';
import type { TrainingProgress } from '../training/training-task';
import type { ComputeEnvironment } from './block';
import { BlocksFailed, endsEverything, type FailedBlock } from './block-failures';
import type { Executor, ExecutorEvents, ExecutorOptions } from './executor';
import { mayStart, memoryLimit } from './memory-limit';
import type { PlannedBlock } from './plan';
import { ReadyQueue } from './ready-queue';
import type { Store } from './store';
import { WorkerCrashed, WorkerProcess } from './worker-process';

export interface PoolOptions {
  /** Threads of each model. */
  readonly threads: number;
  /** Processes at most; default as many as the cores allow with these threads. */
  readonly workers?: number;
  /** Bytes that the workers may take together; default 80 % of the memory. */
  readonly memory?: number;
}

/** One call of `train`. */
interface Work {
  readonly queue: ReadyQueue;
  readonly store: Store;
  readonly events: ExecutorEvents;
  readonly signal: AbortSignal | undefined;
  readonly failed: FailedBlock[];
  skipped: number;
  /** Called when a block has ended, for those that wait for memory. */
  waiting: (() => void)[];
}

/**
 * Child processes that train blocks side by side, one thread count for all of them. A block whose process dies is tried
 * once more in a fresh one. Memory is bounded: a block waits while too little is left for it, and a process that keeps
 * more than its share is replaced by a fresh one.
 */
export class Pool implements Executor {
  readonly name = 'pool';
  /** Most that any worker took, bytes. */
  private largest = 0;
  /** Slots that have a block, or wait for their process to start with one. */
  private readonly busy = new Set<number>();

  private constructor(
    private readonly slots: (WorkerProcess | undefined)[],
    private readonly threads: number,
    readonly compute: ComputeEnvironment,
    private readonly workers: number,
    private readonly memory: number,
  ) {}

  /** Starts the first worker, which tells what this machine computes with; the others start when they are needed. */
  static async open({ threads, workers, memory = memoryLimit() }: PoolOptions): Promise<Pool> {
    const first = new WorkerProcess();
    const most = workers ?? Math.max(1, Math.floor(availableParallelism() / threads));
    try {
      return new Pool([first], threads, await first.open(threads), most, memory);
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
    const work: Work = { queue, store, events, signal, failed: [], skipped: 0, waiting: [] };
    let end: unknown;
    const stop = (): void => {
      queue.stop();
      this.slots.forEach((worker) => worker?.abort());
      wakeAll(work);
    };
    signal?.addEventListener('abort', stop);
    const guarded = (slot: number): Promise<void> =>
      this.drain(slot, work).catch((error: unknown) => {
        end ??= error;
        stop();
      });
    try {
      const count = Math.min(this.workers, blocks.length);
      await Promise.all(Array.from({ length: count }, (_, slot) => guarded(slot)));
    } finally {
      signal?.removeEventListener('abort', stop);
      this.busy.clear();
    }
    if (signal?.aborted)
      throw new Interrupted('Interrupted. Finished runs are kept: the same command goes on from here.');
    if (end !== undefined) throw end;
    if (work.failed.length > 0) throw new BlocksFailed(work.failed, work.skipped);
  }

  /** GFLOP/s of a 1024 x 1024 product, measured in the first worker. */
  async measure(): Promise<number> {
    return (await this.worker(0)).measure();
  }

  close(): void {
    this.slots.forEach((worker) => worker?.close());
  }

  private async drain(slot: number, work: Work): Promise<void> {
    const { queue, events, signal, failed } = work;
    for (let block = await queue.next(); block !== undefined; block = await queue.next()) {
      await this.enoughMemory(slot, work);
      if (signal?.aborted) return;
      events.onStart?.(block, slot);
      try {
        const here = await this.trainOne(block, slot, work);
        queue.finish(block);
        events.onFinish?.(block, slot, here);
      } catch (error) {
        if (endsEverything(error) || !(error instanceof Error)) throw error;
        failed.push({ block, error });
        events.onFail?.(block, slot, error);
        work.skipped += queue.fail(block);
      }
      this.busy.delete(slot);
      this.replaceIfLarge(slot);
      wakeAll(work);
    }
  }

  private async trainOne(block: PlannedBlock, slot: number, { store, events }: Work): Promise<boolean> {
    const message = { type: 'train', spec: block.spec, store: store.folder } as const;
    const onProgress = (progress: TrainingProgress): void => events.onProgress?.(block, slot, progress);
    const train = async (): Promise<boolean> => (await this.worker(slot)).train(message, onProgress);
    try {
      return await train();
    } catch (error) {
      if (!(error instanceof WorkerCrashed)) throw error;
      this.slots[slot] = undefined;
      events.onRetry?.(block, slot, error);
      return train();
    }
  }

  /** Waits until the slot may have a block, and takes it. */
  private async enoughMemory(slot: number, work: Work): Promise<void> {
    for (;;) {
      const others = Array.from({ length: this.workers }, (_, i) => i)
        .filter((i) => i !== slot)
        .map((i) => ({ isBusy: this.busy.has(i), rss: this.slots[i]?.rss ?? 0 }));
      this.largest = Math.max(this.largest, ...this.slots.map((worker) => worker?.rss ?? 0));
      if (work.signal?.aborted || mayStart(others, this.largest, this.memory)) {
        this.busy.add(slot);
        return;
      }
      await new Promise<void>((resolve) => work.waiting.push(resolve));
    }
  }

  private replaceIfLarge(slot: number): void {
    const worker = this.slots[slot];
    if (worker === undefined) return;
    this.largest = Math.max(this.largest, worker.rss);
    if (worker.rss <= this.memory / this.workers) return;
    worker.close();
    this.slots[slot] = undefined;
  }

  private async worker(slot: number): Promise<WorkerProcess> {
    const running = this.slots[slot];
    if (running !== undefined) return running;
    const fresh = new WorkerProcess();
    this.slots[slot] = fresh;
    try {
      await fresh.open(this.threads);
    } catch (error) {
      this.slots[slot] = undefined;
      throw error;
    }
    return fresh;
  }
}

function wakeAll(work: Work): void {
  const sleeping = work.waiting;
  work.waiting = [];
  sleeping.forEach((wake) => wake());
}
