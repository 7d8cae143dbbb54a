import path from 'node:path';
import { readJson, workFolder, writeAtomic } from './files.mjs';
import { findCompiler } from './native-binding.mjs';
import { readStamp } from './stamp.mjs';
import { tensorflowHome, tensorflowVersion, variant } from './tensorflow-library.mjs';

/**
 * What set-up found and made, for src/platform/backend and `ccl doctor`. `backend` is the best one that works here;
 * CCL_BACKEND is obeyed by whoever starts a backend.
 * @typedef {object} SetupState
 * @property {1} version
 * @property {string} root  the folder of the project when it was set up
 * @property {'native' | 'wasm'} backend
 * @property {string} reason  why this backend
 * @property {string | null} remedy  what to do to get the native one
 * @property {{version: string, variant: 'cpu' | 'cuda', folder: string} | null} tensorflow
 * @property {{version: string, command: string} | null} python
 * @property {string | null} compiler
 * @property {{driver: string | null, wheel: boolean, used: boolean, reason: string}} gpu
 * @property {{ready: boolean, reason: string | null, remedy: string | null}} notebooks
 * @property {Record<string, {status: string, seconds: number | null, why: string | null}>} steps
 */

export const stateFile = (root) => path.join(workFolder(root), 'state.json');

/** @returns {SetupState | null} */
export const readState = (root) => readJson(stateFile(root));

const ok = (result) => result?.status === 'done' || result?.status === 'fresh';

/** The reason why the first step that did not end well stopped the rest. */
function firstTrouble(results, names) {
  for (const name of names) {
    if (results[name] && !ok(results[name])) return results[name];
  }
  return null;
}

/** @returns {SetupState} */
export function describe(context, results) {
  const { root } = context;
  const chain = ['python-packages', 'tensorflow-library', 'native-binding', 'native-proof'];
  const native = ok(results['native-proof']);
  const trouble = native ? null : firstTrouble(results, chain.slice(results['native-binding'] ? 1 : 0));
  const notebooks = ok(results['kernel-registration']) && ok(results['python-packages']);
  const noNotebooks = notebooks ? null : firstTrouble(results, ['python-packages', 'kernel-registration']);
  const gpuUsed = native && readStamp(root, 'native-proof')?.result?.gpu === true;
  return {
    version: 1,
    root,
    backend: native ? 'native' : 'wasm',
    reason: native
      ? 'set-up proved it with a matrix product'
      : (trouble?.why ?? 'the native one was not asked for'),
    remedy: native ? null : (trouble?.remedy ?? null),
    tensorflow: native
      ? { version: tensorflowVersion(context), variant: variant(context), folder: tensorflowHome(context) }
      : null,
    python: ok(results['python-packages']) ? (readStamp(root, 'python-packages')?.result ?? null) : null,
    compiler: findCompiler(context.env),
    gpu: {
      driver: context.gpu.driver,
      wheel: native && context.gpu.use,
      used: gpuUsed,
      reason: gpuReason(context, native, gpuUsed),
    },
    notebooks: { ready: notebooks, reason: noNotebooks?.why ?? null, remedy: noNotebooks?.remedy ?? null },
    steps: Object.fromEntries(
      Object.entries(results).map(([name, r]) => [
        name,
        {
          status: ok(r) ? 'ready' : r.status,
          seconds: ok(r) ? (readStamp(root, name)?.seconds ?? null) : null,
          why: r.why ?? null,
        },
      ]),
    ),
  };
}

function gpuReason(context, native, used) {
  if (!context.gpu.use) return context.gpu.why;
  if (!native) return 'the native backend is not ready';
  return used
    ? 'TensorFlow computes on it'
    : 'the driver is present, but TensorFlow did not find a usable GPU';
}

/** Writes only what has changed, so that a finished set-up leaves the disk alone. */
export function writeState(root, state) {
  if (JSON.stringify(readState(root)) === JSON.stringify(state)) return;
  writeAtomic(stateFile(root), `${JSON.stringify(state, null, 2)}\n`);
}
