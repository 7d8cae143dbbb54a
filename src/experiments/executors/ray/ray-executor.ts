import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../errors';
import { projectRoot } from '../../../paths';
import type { TrainingProgress } from '../../../training/task';
import type { ComputeEnvironment } from '../../block';
import { readFiles } from '../../store/block-folder';
import { type Executor, type ExecutorOptions, Work } from '../executor';
import type { PlannedBlock } from '../../plan';
import type { Store } from '../../store/store';
import { reportedError, sentBlock, type WorkerError } from '../worker-messages';
import { WorkerCrashed } from '../worker-process';
import { converse } from './converse';

export interface RayOptions {
  /** Address of the head, e.g. 127.0.0.1:6379; `auto`: the cluster of this machine; `local`: one for this call alone. */
  readonly address: string;
  /** Threads of each block, which are the CPUs that it asks Ray for. */
  readonly threads: number;
  /** GPUs that each block asks for, parts allowed; default 0. */
  readonly gpus?: number;
  /** Bytes of memory that each block asks for; default: not looked at. */
  readonly memory?: number;
  /**
   * Whether all nodes see the store under the same path; default true. Otherwise finished blocks go through Ray's object
   * store, and a block that is tried again starts anew.
   */
  readonly sharedStore?: boolean;
  /** How often a block is tried again after the death of its node or program; default 3. */
  readonly retries?: number;
}

/** What driver.py says, a line each. */
type DriverEvent =
  | { readonly compute: ComputeEnvironment }
  | { readonly started: string; readonly node: string }
  | { readonly progress: string; readonly value: TrainingProgress }
  | { readonly finished: string; readonly folder: string | null }
  | { readonly failed: string; readonly error: WorkerError }
  /** Needs a failed one, as the books know themselves. */
  | { readonly skipped: string }
  | { readonly done: true };

/**
 * Trains each block as a task of a Ray cluster, whose nodes have this project, set up, under the same path. Ray places the
 * tasks, lets them wait for each other, and starts them again when a node is lost.
 *
 * @throws UserError if Ray is not installed, the cluster cannot be reached, or no node is large enough
 */
export async function openRayExecutor(options: RayOptions): Promise<Executor> {
  if (!rayIsInstalled()) {
    throw new UserError('Ray is not installed. Run `npx ccl cluster setup`, which puts it into .venv.');
  }
  let compute: ComputeEnvironment | undefined;
  await converse<DriverEvent>(request(options, { describe: options.threads }), (event) => {
    if ('compute' in event) compute = event.compute;
  });
  if (compute === undefined) throw new UserError(`The Ray cluster at ${options.address} gave no answer.`);
  const known = compute;
  return {
    name: 'ray',
    compute: known,
    train: (blocks, store, { signal, events }: ExecutorOptions = {}) =>
      new RayTraining(blocks, store, new Work(blocks, events)).run(options, signal),
    close: () => undefined,
  };
}

/** Whether `ccl cluster setup` has been run. */
export function rayIsInstalled(): boolean {
  return existsSync(join(projectRoot, '.venv', 'bin', 'ray'));
}

/** One call of `train`. */
class RayTraining {
  private readonly places: ReadonlyMap<string, number>;
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly blocks: readonly PlannedBlock[],
    private readonly store: Store,
    private readonly work: Work,
  ) {
    this.places = new Map(blocks.map(({ id }, place) => [id, place]));
  }

  async run(options: RayOptions, signal: AbortSignal | undefined): Promise<void> {
    const { blocks, store } = this;
    if (blocks.length === 0) return;
    const kept = blocks.flatMap(({ needs }) => needs).filter((id) => !this.places.has(id));
    const content = {
      blocks: blocks.map((block) => ({ id: block.id, sent: sentBlock(block), needs: block.needs })),
      store: store.folder,
      shared: options.sharedStore ?? true,
      kept: [...new Set(kept)],
    };
    const hear = (event: DriverEvent, cancel: () => void): void => {
      this.hear(event);
      if ('done' in event || this.work.isEnded) cancel();
    };
    await converse<DriverEvent>(request(options, content), hear, signal);
    this.work.settle(signal);
  }

  private hear(event: DriverEvent): void {
    const { work } = this;
    if ('started' in event) {
      const [block, place] = this.placed(event.started);
      const tries = this.tries.get(block.id) ?? 0;
      this.tries.set(block.id, tries + 1);
      const why = `The node or the program of a block died; it is tried again on ${event.node}.`;
      if (tries === 0) work.start(block, place);
      else work.retry(block, place, new WorkerCrashed(why));
    } else if ('progress' in event) {
      work.progress(...this.placed(event.progress), event.value);
    } else if ('finished' in event) {
      if (event.folder !== null) this.store.writeEncoded(event.finished, readFiles(event.folder));
      work.finish(...this.placed(event.finished));
    } else if ('failed' in event) {
      work.fail(...this.placed(event.failed), reportedError(event.error));
    }
  }

  private placed(id: string): [block: PlannedBlock, place: number] {
    const place = this.places.get(id)!;
    return [this.blocks[place], place];
  }
}

function request(
  { address, threads, gpus = 0, memory, retries = 3 }: RayOptions,
  content: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const command = [process.execPath, join(__dirname, 'block-program.cjs')];
  const resources = { cpus: threads, gpus, memory: memory ?? null, retries };
  return { address, command, root: projectRoot, ...resources, ...content };
}
