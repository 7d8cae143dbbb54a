import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { childEnvironment, endRunningChildren } from './child-process.mjs';
import { readJson, removeTemporaryFiles, workFolder, writeAtomic } from './files.mjs';
import { kernelRegistration } from './kernel-registration.mjs';
import { takeLock } from './lock.mjs';
import { SetupError, explainFailure, oneLine, say, timed } from './messages.mjs';
import { findCompiler, nativeBinding, nativeProof, wasmProof } from './native-binding.mjs';
import { linkProject, npmPackages } from './npm-packages.mjs';
import { whenNpmIsGone } from './processes.mjs';
import { pythonPackages } from './python.mjs';
import { inputsOf, isFresh, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import {
  findGpu,
  tensorflowHome,
  tensorflowLibrary,
  tensorflowVersion,
  variant,
} from './tensorflow-library.mjs';

export const backends = ['native', 'wasm', 'cpu'];

/** CCL_BACKEND, checked; null when nothing is forced. */
export function forcedBackend(env) {
  const value = env.CCL_BACKEND;
  if (value === undefined || value === '') return null;
  if (backends.includes(value)) return value;
  throw new SetupError({
    what: `CCL_BACKEND=${value} is not a backend.`,
    why: `the rule is one of ${backends.join(', ')}`,
    remedy: 'set one of these, or leave CCL_BACKEND unset to get the fastest that works',
  });
}

/**
 * Steps in order; those of a list run side by side. `chain` steps need the one before them in the chain; a `fatal` one
 * ends set-up when it fails. A step that `when` leaves out counts only if an earlier set-up finished it.
 */
export function projectSteps(forced) {
  const wantsNative = forced === null || forced === 'native';
  const chain = { chain: true, when: () => wantsNative };
  return [
    [{ ...npmPackages, fatal: true }, pythonPackages],
    { ...tensorflowLibrary, ...chain },
    { ...nativeBinding, ...chain },
    { ...nativeProof, ...chain },
    { ...wasmProof, when: (results) => forced !== 'cpu' && !isGood(results['native-proof']) },
    kernelRegistration,
  ];
}

const isGood = (result) => result?.status === 'done' || result?.status === 'fresh';

export function makeContext(root, env) {
  return { root, env: childEnvironment(root, env), gpu: findGpu(env), lock: null, isEnding: false };
}

/**
 * Goes through the steps; `act` runs those that are due at once. With `act` null it only looks, and returns null as soon
 * as a step would have to run.
 * @returns {Promise<Record<string, {status: 'fresh' | 'done' | 'blocked' | 'failed' | 'left out', why?: string, remedy?: string}> | null>}
 */
export async function walk(context, steps, act) {
  const results = {};
  let broken = false;
  for (const entry of steps) {
    const due = [];
    for (const step of [entry].flat()) {
      if (step.chain && broken) continue;
      if (!step.chain && step.when && !step.when(results)) continue;
      if (isFresh(step, context)) {
        results[step.name] = { status: 'fresh' };
        continue;
      }
      if (step.when && !step.when(results)) {
        if (step.chain) broken = true;
        continue;
      }
      const blocked = step.blocked(context);
      if (blocked !== null) {
        results[step.name] = { status: 'blocked', ...blocked };
        if (step.chain) broken = true;
        continue;
      }
      if (act === null) return null;
      due.push(step);
    }
    if (due.length > 0) Object.assign(results, await act(due));
    if (due.some((step) => step.chain && !isGood(results[step.name]))) broken = true;
  }
  return results;
}

/** Runs steps side by side: the stamp of each, which it may look at, is removed first and written last. */
async function runSteps(context, steps) {
  const results = {};
  const failures = [];
  const run = async (step) => {
    try {
      const before = readStamp(context.root, step.name);
      removeStamp(context.root, step.name);
      const inputs = inputsOf(step, context);
      const start = performance.now();
      const result = await step.run(context, before);
      writeStamp(step, context, inputs, performance.now() - start, result);
      results[step.name] = { status: 'done' };
    } catch (error) {
      const known = asSetupError(error, titleOf(step, context));
      failures.push({ step, known });
      results[step.name] = { status: 'failed', why: oneLine(known.why), remedy: known.remedy };
      if (!step.fatal) return;
      context.isEnding = true;
      endRunningChildren();
    }
  };
  // Short where there are several: on a terminal it must stay in its line.
  const title =
    steps.length === 1
      ? titleOf(steps[0], context)
      : steps.map(({ name }) => name.replace('-', ' ')).join(' and ');
  await timed(title, async () => {
    await Promise.all(steps.map(run));
    return failures.length === 0;
  });
  const fatal = failures.find(({ step }) => step.fatal);
  if (fatal) throw fatal.known;
  failures.forEach(({ known }) => say(known.message));
  return Object.fromEntries(steps.map(({ name }) => [name, results[name]]));
}

const titleOf = ({ title }, context) => (typeof title === 'function' ? title(context) : title);

function asSetupError(error, title) {
  if (error instanceof SetupError) return error;
  const { why, remedy } = explainFailure(String(error?.message ?? error));
  return new SetupError({ what: `${title}: failed.`, why, remedy });
}

function stopCleanly(lock) {
  const stop = (signal) => {
    endRunningChildren();
    lock.release();
    say(`\nSet-up stopped (${signal}). The same command goes on where it stopped.`);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const handlers = signals.map((signal) => [signal, () => stop(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  const unwatch = whenNpmIsGone(() => stop('SIGTERM'));
  return () => {
    unwatch();
    handlers.forEach(([signal, handler]) => process.off(signal, handler));
  };
}

/** Runs what is due of these steps, alone: a second set-up in the same folder waits. */
export async function runDueSteps(context, steps, lockName = 'lock') {
  const looked = await walk(context, steps, null);
  if (looked !== null) return looked;
  const lock = await takeLockOf(context.root, lockName);
  const restore = stopCleanly(lock);
  try {
    context.lock = lock;
    removeTemporaryFiles(context.root);
    return await walk(context, steps, (due) => runSteps(context, due));
  } finally {
    context.lock = null;
    restore();
    lock.release();
  }
}

async function takeLockOf(root, name) {
  try {
    mkdirSync(workFolder(root), { recursive: true });
    return await takeLock(path.join(workFolder(root), name));
  } catch (error) {
    throw asSetupError(error, `Writing into ${workFolder(root)}`);
  }
}

/**
 * Makes the project ready, as far as this machine allows.
 * @param {{root: string, env?: NodeJS.ProcessEnv, steps?: object[]}} options
 * @returns {Promise<SetupState>}
 */
export async function setUp({ root, env = process.env, steps }) {
  const forced = forcedBackend(env);
  let context = makeContext(root, env);
  const all = steps ?? projectSteps(forced);
  let results = await runDueSteps(context, all);
  if (context.gpu.use && results['tensorflow-library']?.status === 'failed') {
    say('Going on with the CPU build. CCL_GPU=0 keeps set-up from trying the CUDA build again.');
    const why = `the CUDA build could not be installed: ${results['tensorflow-library'].why}`;
    context = { ...context, gpu: { ...context.gpu, use: false, why } };
    results = await runDueSteps(context, all);
  }
  linkProject(root);
  const state = describe(context, results);
  writeState(root, state);
  if (forced === 'native' && state.backend !== 'native') {
    throw new SetupError({
      what: 'CCL_BACKEND=native, but the native backend cannot be made here.',
      why: state.reason,
      remedy: `${state.remedy}; or leave CCL_BACKEND unset`,
    });
  }
  if (forced === null && state.backend === 'wasm') say(slowBackendLine(state));
  return state;
}

export function slowBackendLine(state) {
  return (
    `Backend: WebAssembly instead of native, because ${state.reason}. It trains about 7 times slower and ` +
    `cannot train convolutional networks. To mend it: ${state.remedy}.`
  );
}

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

/** The reason why the first step that did not end well stopped the rest. */
function firstTrouble(results, names) {
  for (const name of names) {
    if (results[name] && !isGood(results[name])) return results[name];
  }
  return null;
}

/** @returns {SetupState} */
export function describe(context, results) {
  const { root } = context;
  const chain = ['python-packages', 'tensorflow-library', 'native-binding', 'native-proof'];
  const native = isGood(results['native-proof']);
  const trouble = native ? null : firstTrouble(results, chain.slice(results['native-binding'] ? 1 : 0));
  const notebooks = isGood(results['kernel-registration']) && isGood(results['python-packages']);
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
    python: isGood(results['python-packages']) ? (readStamp(root, 'python-packages')?.result ?? null) : null,
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
          status: isGood(r) ? 'ready' : r.status,
          seconds: isGood(r) ? (readStamp(root, name)?.seconds ?? null) : null,
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
