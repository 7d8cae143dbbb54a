import { lockFile, pipInstall, pythonPackages, readLock, venvPython, venvTraces } from './python.mjs';
import { say } from './messages.mjs';
import { makeContext, runDueSteps } from './set-up.mjs';

/** Ray, in the environment of the notebooks; it goes when that is made anew, and this step brings it back. */
export const rayPackages = {
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
