import path from 'node:path';
import { SetupError, say } from './messages.mjs';
import {
  lockFile,
  makeVenv,
  pipInstall,
  pythonPackages,
  readLock,
  venvPython,
  venvTraces,
} from './python.mjs';
import { makeContext, runDueSteps } from './set-up.mjs';

/** torch, opacus and the other independent references, in .venv-twins; only benchmarks and fixture makers need them. */
const twinPackages = {
  name: 'twin-packages',
  title: 'Python twins (torch, opacus and others, in .venv-twins)',
  fatal: true,
  inputs: ({ root }) => [readLock(root, 'twins'), process.platform, process.arch],
  traces: ({ root }) => venvTraces(root, '.venv-twins', null),
  blocked: pythonPackages.blocked,
  run: (context) =>
    makeVenv(context, {
      venv: '.venv-twins',
      lock: 'twins',
      log: 'twins',
      what: 'Installing the Python twins failed.',
    }),
};

export async function setUpTwins({ root, env = process.env }) {
  const context = makeContext(root, env);
  const size =
    process.platform === 'linux'
      ? 'about 3.1 GB to download and 5.9 GB on disk (torch comes with its CUDA libraries)'
      : 'about 0.5 GB to download and 2 GB on disk (estimated)';
  say(`This makes .venv-twins: ${size}. Only benchmarks and fixture makers need it.`);
  const results = await runDueSteps(context, [twinPackages], 'twins-lock');
  const { status, why, remedy } = results['twin-packages'];
  if (status === 'blocked') throw new SetupError({ what: 'The Python twins cannot be made.', why, remedy });
  say(`The Python twins are ready: ${path.join(root, '.venv-twins', 'bin', 'python')}`);
}

/** Ray, in the environment of the notebooks; it goes when that is made anew, and this step brings it back. */
const rayPackages = {
  name: 'ray-packages',
  title: 'Ray (for studies on several machines, in .venv)',
  fatal: true,
  inputs: ({ root }) => [readLock(root, 'cluster'), process.platform, process.arch],
  traces: ({ root }) => venvTraces(root, '.venv', 'ray'),
  blocked: () => null,
  async run(context) {
    const args = ['-r', lockFile(context.root, 'cluster')];
    await pipInstall(context, 'ray', 'Installing Ray failed.', venvPython(context.root), args);
  },
};

export async function setUpCluster({ root, env = process.env }) {
  const context = makeContext(root, env);
  await runDueSteps(context, [{ ...pythonPackages, fatal: true }, rayPackages]);
  say('Ray is ready. Next: npx ccl cluster start --head');
}
