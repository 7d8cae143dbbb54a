import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, notInstalled, UserError } from '../../errors';
import { projectRoot } from '../../paths';
import { nativeIsBuilt, openNative } from './native';
import type { TensorFlow } from './tensor';
import { openWasm } from './wasm';

export type BackendName = 'native' | 'wasm' | 'cpu';

/** The one opened TensorFlow.js of this process. */
export interface Backend {
  readonly tf: TensorFlow;
  readonly name: BackendName;
  /** Version of TensorFlow's C library (native) or of TensorFlow.js (wasm, cpu). */
  readonly version: string;
  /** Threads that a product may use. They change the last bits of results, so they belong to a run's identity. */
  readonly threads: number;
  readonly gpu: boolean;
}

let opened: Promise<Backend> | undefined;
let openedThreads = 0;

/**
 * Opens TensorFlow.js on first use: native where its binding is built and the set-up proved it, else WebAssembly; `CCL_BACKEND` forces one.
 *
 * @param threads number of threads, default 1; fixed by the first call of the process
 * @throws UserError if the forced backend cannot be had, or another thread count was fixed before
 *
 * @example
 * ```ts
 * import { openBackend } from 'ccl-lab';
 *
 * const { tf } = await openBackend();
 * console.log((await tf.tensor1d([1, 2]).sum().data())[0]); // prints 3
 * ```
 */
export function openBackend({ threads = 1 }: { threads?: number } = {}): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw badInput(
      'threads',
      threads,
      'must be a whole number of at least 1',
      'Use 1, or the number of cores',
    );
  }
  if (opened !== undefined && threads !== openedThreads) {
    throw new UserError(
      `TensorFlow.js was opened with ${openedThreads} threads in this process, so ${threads} can no longer be had. ` +
        'Use the same number everywhere, or start a new process.',
    );
  }
  openedThreads = threads;
  opened ??= open(chooseBackend(), threads);
  return opened;
}

/** Which backend `openBackend` opens in the project in this folder. */
export function chooseBackend(root = projectRoot): BackendName {
  const forced = process.env.CCL_BACKEND;
  if (forced !== undefined && forced !== '') {
    if (forced === 'native' || forced === 'wasm' || forced === 'cpu') return forced;
    throw badInput(
      'CCL_BACKEND',
      forced,
      'must be native, wasm or cpu',
      'Unset it to let the laboratory choose',
    );
  }
  return nativeIsBuilt() && !isRefused(root) ? 'native' : 'wasm';
}

/** Whether the last set-up found that the native backend does not work here, whatever an earlier one has built. */
function isRefused(root: string): boolean {
  try {
    const state = readFileSync(join(root, '.setup', 'state.json'), 'utf8');
    return (JSON.parse(state) as { backend?: unknown }).backend === 'wasm';
  } catch {
    return false;
  }
}

async function open(name: BackendName, threads: number): Promise<Backend> {
  if (name === 'native') {
    if (!nativeIsBuilt()) {
      throw new UserError(
        'CCL_BACKEND is native, but its binding is not built. Run `npm run setup`, or unset it.',
      );
    }
    return { name, threads, ...openNative(threads) };
  }
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- costs 0.3 s: only on demand
    const tf = require('@tensorflow/tfjs') as TensorFlow;
    if (name === 'wasm') await openWasm(tf);
    else await tf.setBackend('cpu');
    return { tf, name, version: tf.version['tfjs-core'], threads: 1, gpu: false };
  } catch (error) {
    throw notInstalled(error, 'Training', '@tensorflow/tfjs @tensorflow/tfjs-backend-wasm');
  }
}
