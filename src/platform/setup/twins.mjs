import path from 'node:path';
import { findPython, makeVenv, readLock, venvTraces } from './python.mjs';
import { SetupError, say } from './messages.mjs';
import { makeContext, runDueSteps } from './set-up.mjs';

/** torch, opacus and the other independent references, in .venv-twins; only benchmarks and fixture makers need them. */
export const twinPackages = {
  name: 'twin-packages',
  title: 'Python twins (torch, opacus and others, in .venv-twins)',
  fatal: true,
  inputs: ({ root }) => [readLock(root, 'twins'), process.platform, process.arch],
  traces: ({ root }) => venvTraces(root, '.venv-twins', null),
  blocked(context) {
    const python = findPython(context.env);
    return python.command ? null : { why: python.why, remedy: python.remedy };
  },
  async run(context) {
    const what = 'Installing the Python twins failed.';
    const result = await makeVenv(context, { venv: '.venv-twins', lock: 'twins', log: 'twins', what });
    return result;
  },
};

export async function setUpTwins({ root, env = process.env }) {
  const context = makeContext(root, env);
  say(`This makes .venv-twins: ${sizeText(process.platform)}. Only benchmarks and fixture makers need it.`);
  const results = await runDueSteps(context, [twinPackages], 'twins-lock');
  const { status, why, remedy } = results['twin-packages'];
  if (status === 'blocked') throw new SetupError({ what: 'The Python twins cannot be made.', why, remedy });
  say(`The Python twins are ready: ${path.join(root, '.venv-twins', 'bin', 'python')}`);
}

export function sizeText(platform) {
  if (platform !== 'linux') return 'about 0.5 GB to download and 2 GB on disk (estimated)';
  return 'about 3.1 GB to download and 5.9 GB on disk (torch comes with its CUDA libraries)';
}
