import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Interrupted, UserError } from '../../errors';
import { projectRoot } from '../../paths';
import type { ComputeEnvironment } from '../block';
import type { Executor, ExecutorOptions } from '../executor';
import type { PlannedBlock } from '../plan';
import type { Store } from '../store';
import { packBlock, unpackBlock, type PackedBlock } from './packed-block';

export interface RayOptions {
  /** Address of the head, e.g. 127.0.0.1:6379; `auto` for the cluster that runs on this machine. */
  readonly address: string;
  /** Threads of each block, which are the CPUs that it asks Ray for. */
  readonly threads: number;
  /** GPUs that each block asks for, parts allowed; default 0. */
  readonly gpus?: number;
  /** Bytes of memory that each block asks for; default none. */
  readonly memory?: number;
  /** Whether all nodes see the store under the same path; default true. Otherwise blocks go through Ray's object store. */
  readonly sharedStore?: boolean;
  /** How often a block is tried again after the death of its node or program; default 2. */
  readonly retries?: number;
}

/** What driver.py says, a line each. */
type DriverEvent =
  | { readonly compute: ComputeEnvironment }
  | { readonly finished: string; readonly files: PackedBlock | null }
  | { readonly failed: string; readonly known: boolean; readonly message: string };

const python = join(projectRoot, '.venv', 'bin', 'python');
const folder = join(projectRoot, 'src', 'experiments', 'ray');

/**
 * Trains each block as a task of a Ray cluster, whose nodes have this project, set up, under the same path. Ray places the
 * tasks, lets them wait for each other and starts them anew when a node is lost.
 *
 * @throws UserError if Ray is not installed, or the cluster cannot be reached
 */
export async function openRayExecutor(options: RayOptions): Promise<Executor> {
  if (!rayIsInstalled()) {
    throw new UserError('Ray is not installed. Run `npx ccl cluster setup`, which puts it into .venv.');
  }
  let compute: ComputeEnvironment | undefined;
  await converse(request(options, { describe: options.threads }), {
    onEvent: (event) => {
      if ('compute' in event) compute = event.compute;
    },
  });
  if (compute === undefined) throw new UserError(`The Ray cluster at ${options.address} gave no answer.`);
  return rayExecutor(options, compute);
}

/** Whether `ccl cluster setup` has been run. */
export function rayIsInstalled(): boolean {
  return existsSync(join(projectRoot, '.venv', 'bin', 'ray'));
}

function rayExecutor(options: RayOptions, compute: ComputeEnvironment): Executor {
  return {
    name: 'ray',
    compute,
    async train(blocks, store, { signal, events = {} }: ExecutorOptions = {}) {
      const { sharedStore: shared = true } = options;
      const byId = new Map(blocks.map((block) => [block.id, block]));
      const places = new Map(blocks.map(({ id }, i) => [id, i]));
      const content = { blocks, store: store.folder, shared, kept: shared ? {} : keptNeeds(blocks, store) };
      let failure: Error | undefined;
      const talk = converse(request(options, content), {
        signal,
        onEvent(event, cancel) {
          if ('failed' in event) {
            const { title } = byId.get(event.failed)!;
            failure ??= event.known
              ? new UserError(`${title}: ${event.message}`)
              : new Error(`${title}: ${event.message}`);
            cancel();
          }
          if (!('finished' in event)) return;
          if (event.files !== null) unpackBlock(store, event.files);
          events.onFinish?.(byId.get(event.finished)!, places.get(event.finished)!);
        },
      });
      blocks.forEach((block, place) => events.onStart?.(block, place));
      await talk;
      if (signal?.aborted)
        throw new Interrupted('Interrupted. Finished runs are kept: the same command goes on from here.');
      if (failure !== undefined) throw failure;
    },
    close: () => undefined,
  };
}

/** Finished blocks that the others read, for nodes that do not see the store. */
function keptNeeds(blocks: readonly PlannedBlock[], store: Store): Record<string, PackedBlock> {
  const trained = new Set(blocks.map(({ id }) => id));
  const kept = new Set(blocks.flatMap(({ needs }) => needs).filter((id) => !trained.has(id)));
  return Object.fromEntries([...kept].map((id) => [id, packBlock(store, id)]));
}

function request(
  { address, threads, gpus = 0, memory, retries = 2 }: RayOptions,
  content: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const command = [process.execPath, join(folder, 'block-program.cjs')];
  const resources = { cpus: threads, gpus, memory: memory ?? null, retries };
  return { address, command, root: projectRoot, ...resources, ...content };
}

/** Starts the driver, sends it a request, and hears it until it ends. */
async function converse(
  content: Readonly<Record<string, unknown>>,
  { onEvent, signal }: { onEvent(event: DriverEvent, cancel: () => void): void; signal?: AbortSignal },
): Promise<void> {
  const child = spawn(python, [join(folder, 'driver.py')], { stdio: ['pipe', 'pipe', 'pipe'] });
  const log: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(...text.split('\n').filter((line) => line.trim() !== ''));
    log.splice(0, log.length - 20);
  });
  child.stdin.on('error', () => undefined);
  const cancel = (): void => void child.stdin.write('cancel\n');
  signal?.addEventListener('abort', cancel);
  child.stdin.write(`${JSON.stringify(content)}\n`);
  let broken: unknown;
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      onEvent(JSON.parse(line) as DriverEvent, cancel);
    } catch (error) {
      broken ??= error;
      cancel();
    }
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal?.removeEventListener('abort', cancel);
  if (broken !== undefined) throw broken;
  if (status !== 0 && !signal?.aborted) {
    throw new UserError(
      `The Ray cluster at ${String(content.address)} did not work. Is it running (npx ccl cluster status)? Last words:\n${log.join('\n')}`,
    );
  }
}
