import { availableParallelism, totalmem } from 'node:os';
import { Interrupted } from '../../errors';
import type { ComputeEnvironment } from '../block';
import type { PlannedBlock } from '../plan';
import type { Store } from '../store/store';
import { type Executor, type ExecutorOptions, Work } from './executor';
import { isAtWork, transition, type Slot, type SlotAction, type SlotEvent } from './pool-slot';
import { sentBlock } from './worker-messages';
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
interface Call {
  readonly work: Work;
  readonly store: Store;
  readonly finished: () => void;
}

/**
 * Child processes that train blocks side by side, one thread count for all of them. A block whose process dies is tried
 * once more in a fresh one. Memory is bounded: a block waits while too little is left for it, and a process that keeps
 * more than its share is replaced by a fresh one.
 *
 * What happens to each place stands in `pool-slot.ts`; here are the processes, and the choice of the next block after
 * everything that happens, so that nothing can wait for ever.
 */
export class Pool implements Executor {
  readonly name = 'pool';
  private readonly slots: Slot[];
  private readonly processes: (WorkerProcess | undefined)[];
  /** Most that any worker took, bytes. */
  private largest = 0;
  private call: Call | undefined;

  private constructor(
    first: WorkerProcess,
    private readonly threads: number,
    readonly compute: ComputeEnvironment,
    private readonly workers: number,
    private readonly memory: number,
  ) {
    this.slots = Array.from({ length: workers }, (_, i) => ({ state: i === 0 ? 'idle' : 'empty' }));
    this.processes = [first];
    this.watch(0, first);
  }

  /**
   * Starts the first worker, which tells what this machine computes with; the others start when they are needed.
   *
   * @throws UserError if the backend cannot be opened there
   */
  static async open({ threads, workers, memory = memoryLimit() }: PoolOptions): Promise<Pool> {
    const first = new WorkerProcess();
    const most = workers ?? Math.max(1, Math.floor(availableParallelism() / threads));
    try {
      return new Pool(first, threads, await first.open(threads), most, memory);
    } catch (error) {
      first.close();
      throw error;
    }
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events }: ExecutorOptions = {},
  ): Promise<void> {
    if (this.call !== undefined) throw new Error('This pool is at work already.');
    const work = new Work(blocks, events, ({ id }) => store.isClaimed(id));
    const abort = (): void => {
      work.end(new Interrupted('Interrupted.'));
      this.abort();
    };
    signal?.addEventListener('abort', abort);
    try {
      await new Promise<void>((finished) => {
        this.call = { work, store, finished };
        if (signal?.aborted) abort();
        this.advance();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.call = undefined;
    }
    work.settle(signal);
  }

  /** GFLOP/s of a 1024 x 1024 product, measured in the first worker before anything is trained. */
  measure(): Promise<number> {
    return this.processes[0]!.measure();
  }

  close(): void {
    this.processes.forEach((process) => process?.close());
  }

  /** Gives blocks to places while there are any and memory lasts; ends the call when nobody has one. */
  private advance(): void {
    const { call } = this;
    if (call === undefined) return;
    for (const [slot, { state }] of this.slots.entries()) {
      if (state !== 'empty' && state !== 'idle') continue;
      if (call.work.isEnded || !this.hasMemoryFor(slot)) break;
      const block = call.work.take();
      if (block === undefined) break;
      this.become(slot, { type: 'assign', block });
    }
    if (!this.slots.some(isAtWork)) call.finished();
  }

  private hear(slot: number, event: SlotEvent): void {
    this.become(slot, event);
    this.largest = Math.max(this.largest, this.rss(slot));
    if (this.slots[slot].state === 'idle' && this.rss(slot) > this.memory / this.workers) {
      this.become(slot, { type: 'too large' });
    }
    if (this.call?.work.isEnded) this.abort();
    this.advance();
  }

  private become(slot: number, event: SlotEvent): void {
    const { slot: next, actions } = transition(this.slots[slot], event);
    this.slots[slot] = next;
    for (const action of actions) this.act(slot, action);
  }

  private act(slot: number, action: SlotAction): void {
    const work = this.call?.work;
    switch (action.type) {
      case 'spawn': {
        const fresh = new WorkerProcess();
        this.processes[slot] = fresh;
        this.watch(slot, fresh);
        this.answer(slot, fresh.open(this.threads), () => ({ type: 'opened' }));
        return;
      }
      case 'kill':
        return this.processes[slot]?.close();
      case 'stop':
        return this.processes[slot]?.abort();
      case 'train':
        return this.send(slot, action.block);
      case 'start':
        return work?.start(action.block, slot);
      case 'retry':
        return work?.retry(action.block, slot, action.error);
      case 'finish':
        return work?.finish(action.block, slot, action.here);
      case 'fail':
        return work?.fail(action.block, slot, action.error);
    }
  }

  private send(slot: number, block: PlannedBlock): void {
    const { work, store } = this.call!;
    const trained = this.processes[slot]!.train(
      { type: 'train', block: sentBlock(block), store: store.folder },
      (progress) => work.progress(block, slot, progress),
    );
    this.answer(slot, trained, (here) => ({ type: 'done', here }));
  }

  private answer<T>(slot: number, asked: Promise<T>, event: (value: T) => SlotEvent): void {
    asked.then(
      (value) => this.hear(slot, event(value)),
      (error: unknown) => {
        // `watch` hears of the death itself.
        if (error instanceof WorkerCrashed) return;
        this.hear(slot, error instanceof Interrupted ? { type: 'aborted' } : { type: 'failed', error });
      },
    );
  }

  private watch(slot: number, process: WorkerProcess): void {
    void process.exited.then((error) => {
      this.processes[slot] = undefined;
      this.hear(slot, { type: 'crashed', error });
    });
  }

  private abort(): void {
    this.slots.forEach((_, slot) => this.become(slot, { type: 'abort' }));
  }

  private hasMemoryFor(slot: number): boolean {
    const others = this.slots
      .map((each, i) => ({ isBusy: isAtWork(each), rss: this.rss(i) }))
      .filter((_, i) => i !== slot);
    return mayStart(others, this.largest, this.memory);
  }

  private rss(slot: number): number {
    return this.processes[slot]?.rss ?? 0;
  }
}

/** Share of the machine's memory that workers may fill. */
const share = 0.8;

/** Bytes that all workers may take together: of the machine, or of the container that this runs in. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const all = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return Math.floor(all * share);
}

/** What is known of a worker when another block wants to start. */
export interface WorkerMemory {
  readonly isBusy: boolean;
  /** Resident bytes when it last told. */
  readonly rss: number;
}

/**
 * Whether a block may start beside those that run: it is reckoned with as much as any worker has taken so far. One block
 * may always run.
 */
export function mayStart(others: readonly WorkerMemory[], largest: number, limit: number): boolean {
  if (!others.some(({ isBusy }) => isBusy)) return true;
  // A busy one may still grow to what the largest took.
  const used = others.reduce((sum, { isBusy, rss }) => sum + (isBusy ? Math.max(rss, largest) : rss), 0);
  return used + largest <= limit;
}
