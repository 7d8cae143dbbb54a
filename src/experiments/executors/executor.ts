import { Interrupted, UserError } from '../../errors';
import type { TrainingProgress } from '../../training/task';
import { type ComputeEnvironment, computeOf } from '../block';
import type { PlannedBlock } from '../plan';
import type { Store } from '../store/store';
import type { Backend } from '../../platform/backend/backend';
import type { Dataset } from '../../data/dataset';
import { trainBlock } from '../train-block';

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

/** What became of a block that could not be trained. */
export interface FailedBlock {
  readonly block: PlannedBlock;
  readonly error: Error;
}

/** Some blocks could not be trained; the others are in the store. */
export class BlocksFailed extends Error {
  override readonly name = 'BlocksFailed';

  constructor(
    readonly failed: readonly FailedBlock[],
    /** How many were not tried, because they need one that failed. */
    readonly skipped: number,
  ) {
    const shown = failed
      .slice(0, 5)
      .map(({ block, error }) => `${block.title} (${block.id.slice(0, 8)}): ${error.message}`);
    const more = failed.length > shown.length ? [`... and ${failed.length - shown.length} more`] : [];
    const rest = skipped === 0 ? '' : ` ${skipped} more need them and were not tried.`;
    super(
      `${failed.length === 1 ? 'One block' : `${failed.length} blocks`} could not be trained.${rest} All others are kept.\n` +
        [...shown, ...more].join('\n'),
    );
  }
}

/**
 * The blocks of one call of `train`: which is next, what became of the others, and how the call ends. Every executor keeps
 * its books here, so a failure, an interrupt and a block that waits for another are the same in all of them.
 */
export class Work {
  private readonly waiting: PlannedBlock[];
  /** Ids that are not finished yet. */
  private readonly open: Set<string>;
  private readonly failed: FailedBlock[] = [];
  private skipped = 0;
  private endedBy: { readonly error: unknown } | undefined;

  /**
   * @param isElsewhere whether another process seems to train a block: those come last, so that two processes share the
   *   work instead of waiting for each other
   */
  constructor(
    blocks: readonly PlannedBlock[],
    private readonly events: ExecutorEvents = {},
    private readonly isElsewhere: (block: PlannedBlock) => boolean = () => false,
  ) {
    this.waiting = [...blocks];
    this.open = new Set(blocks.map(({ id }) => id));
  }

  /**
   * The next block whose needs are met, in the order of the plan; undefined while all wait for others, when none is left,
   * and after the end.
   */
  take(): PlannedBlock | undefined {
    if (this.isEnded) return undefined;
    const ready = this.waiting.filter(({ needs }) => needs.every((id) => !this.open.has(id)));
    const next = ready.find((block) => !this.isElsewhere(block)) ?? ready[0];
    if (next !== undefined) this.waiting.splice(this.waiting.indexOf(next), 1);
    return next;
  }

  /** Whether something has happened that is no matter of one block. */
  get isEnded(): boolean {
    return this.endedBy !== undefined;
  }

  start(block: PlannedBlock, place: number): void {
    this.tell(() => this.events.onStart?.(block, place));
  }

  progress(block: PlannedBlock, place: number, progress: TrainingProgress): void {
    this.tell(() => this.events.onProgress?.(block, place, progress));
  }

  retry(block: PlannedBlock, place: number, error: Error): void {
    this.tell(() => this.events.onRetry?.(block, place, error));
  }

  /** @param here false if another process trained it */
  finish(block: PlannedBlock, place: number, here = true): void {
    this.open.delete(block.id);
    this.tell(() => this.events.onFinish?.(block, place, here));
  }

  /**
   * Gives up a block and those that need it. What is no matter of one block (bad input, a full disk, an interrupt) ends
   * everything instead, and is nobody's failure.
   */
  fail(block: PlannedBlock, place: number, error: unknown): void {
    if (error instanceof UserError || error instanceof Interrupted || !(error instanceof Error)) {
      this.end(error);
      return;
    }
    this.failed.push({ block, error });
    this.skipped += this.dropDependents(block);
    this.tell(() => this.events.onFail?.(block, place, error));
  }

  /** Hands out nothing any more; the first error that ends the work is what `settle` throws. */
  end(error: unknown): void {
    this.endedBy ??= { error };
  }

  /** @throws what ended the work, Interrupted if the signal was aborted, else BlocksFailed if blocks failed */
  settle(signal?: AbortSignal): void {
    if (signal?.aborted)
      throw new Interrupted('Interrupted. Finished runs are kept: the same command goes on from here.');
    if (this.endedBy !== undefined) throw this.endedBy.error;
    if (this.failed.length > 0) throw new BlocksFailed(this.failed, this.skipped);
  }

  /** An error of whoever listens ends the work: it must not get lost, nor leave an executor half way. */
  private tell(report: () => void): void {
    try {
      report();
    } catch (error) {
      this.end(error);
    }
  }

  /** Blocks that need this one, directly or not, are not handed out any more. @returns how many */
  private dropDependents({ id }: PlannedBlock): number {
    const lost = new Set([id]);
    let found: PlannedBlock | undefined;
    const isLost = ({ needs }: PlannedBlock): boolean => needs.some((need) => lost.has(need));
    while ((found = this.waiting.find(isLost)) !== undefined) {
      lost.add(found.id);
      this.waiting.splice(this.waiting.indexOf(found), 1);
    }
    return lost.size - 1;
  }
}

/**
 * The blocks that must be trained: those that results are read from and that are not there, and what these need that is
 * not there either. Teachers of a finished model are not missed.
 */
export function missingBlocks(
  blocks: readonly PlannedBlock[],
  isThere: (block: PlannedBlock) => boolean,
): PlannedBlock[] {
  const known = new Map(blocks.map((block) => [block.id, block]));
  const missing = new Set<string>();
  const visit = (block: PlannedBlock): void => {
    if (missing.has(block.id) || isThere(block)) return;
    missing.add(block.id);
    block.needs.forEach((id) => visit(known.get(id)!));
  };
  blocks.filter(({ spec }) => spec.part === null).forEach(visit);
  return blocks.filter(({ id }) => missing.has(id));
}

/** Trains blocks in this process, one after the other. */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly compute: ComputeEnvironment;

  /** @param dataset that of the blocks */
  constructor(
    private readonly backend: Backend,
    private readonly dataset: Dataset,
  ) {
    this.compute = computeOf(backend);
  }

  async train(
    blocks: readonly PlannedBlock[],
    store: Store,
    { signal, events }: ExecutorOptions = {},
  ): Promise<void> {
    const { backend, dataset } = this;
    const work = new Work(blocks, events, ({ id }) => store.isClaimed(id));
    for (let block = work.take(); block !== undefined && !signal?.aborted; block = work.take()) {
      const current = block;
      work.start(current, 0);
      try {
        const onProgress: Parameters<typeof trainBlock>[1]['onProgress'] = (progress) =>
          work.progress(current, 0, progress);
        work.finish(current, 0, await trainBlock(current, { backend, dataset, store, signal, onProgress }));
      } catch (error) {
        work.fail(current, 0, error);
      }
    }
    work.settle(signal);
  }

  close(): void {
    // Nothing is open but the backend, which belongs to the process.
  }
}
