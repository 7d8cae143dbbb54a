import path from 'node:path';
import { childEnvironment } from './child-process.mjs';
import { projectRoot } from './files.mjs';
import { SetupError, say } from './messages.mjs';
import { keepPackageBundle } from './npm-packages.mjs';
import { runTask } from './processes.mjs';
import { setUp } from './set-up.mjs';

const ccl = (root) => path.join(root, 'src', 'platform', 'cli', 'ccl.cjs');
const runTests = (root) => path.join(root, 'src', 'platform', 'setup', 'run-tests.mjs');
const node = (variables, ...args) =>
  runTask(process.execPath, args, { env: { ...childEnvironment(projectRoot), ...variables } });

/** @type {Record<string, (root: string, args: string[]) => Promise<number>>} */
const tasks = {
  async setup(root) {
    const state = await setUp({ root });
    keepPackageBundle(root);
    for (const [name, step] of Object.entries(state.steps)) {
      const took = step.seconds === null ? '' : ` (took ${step.seconds.toFixed(1)} s)`;
      say(`${name}: ${step.status}${took}${step.why === null ? '' : `, because ${step.why}`}`);
    }
    say(`Backend: ${state.backend} (${state.reason}). GPU: ${state.gpu.reason}.`);
    return 0;
  },
  async start(root, args) {
    await setUp({ root });
    keepPackageBundle(root);
    return node({}, ccl(root), 'start', ...args);
  },
  async notebooks(root, args) {
    requireNotebooks(await setUp({ root }));
    return node({}, ccl(root), 'notebooks', ...args);
  },
  async test(root, args) {
    await setUp({ root });
    keepPackageBundle(root);
    return node({}, runTests(root), ...args);
  },
  async 'test:full'(root, args) {
    await setUp({ root });
    return node({ CCL_TEST_FULL: '1' }, runTests(root), ...args);
  },
  async bench(root, args) {
    await setUp({ root });
    const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
    return node({}, tsx, path.join(root, 'bench', 'main.ts'), ...args);
  },
  async lab(root, args) {
    const { checkPort, requestedPort, runLab } = await import('./lab.mjs');
    const port = requestedPort(args);
    if (port !== null) await checkPort(port); // before a set-up that may take minutes
    requireNotebooks(await setUp({ root }));
    return runLab(root, args);
  },
  async class(root, args) {
    const { copyForClass } = await import('./class-copy.mjs');
    const target = path.resolve(args[0] ?? path.join(root, 'out', 'class', 'ccl-lab'));
    const notebooks = copyForClass(root, target);
    say(`A copy for students, ${notebooks.length} notebooks without their solutions: ${target}`);
    return 0;
  },
  async docs(root, args) {
    await setUp({ root });
    return node({}, path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc'), ...args);
  },
  async 'kernel:install'(root) {
    requireNotebooks(await setUp({ root }));
    const { installForUser } = await import('./kernel-registration.mjs');
    installForUser(root);
    return 0;
  },
  async 'twins:setup'(root) {
    const { setUpTwins } = await import('./extra-packages.mjs');
    await setUpTwins({ root });
    return 0;
  },
  async 'cluster:setup'(root) {
    const { setUpCluster } = await import('./extra-packages.mjs');
    await setUpCluster({ root });
    return 0;
  },
};

function requireNotebooks(state) {
  if (state.notebooks.ready) return;
  throw new SetupError({
    what: 'Notebooks need Python, and it is not ready.',
    why: state.notebooks.reason ?? 'set-up did not finish',
    remedy: state.notebooks.remedy ?? 'run "npm run setup" and read what it says',
  });
}

export async function main(name, args) {
  try {
    const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : null;
    if (task === null) {
      const what = `There is no task "${name ?? ''}".`;
      throw new SetupError({
        what,
        why: `the tasks are ${Object.keys(tasks).join(', ')}`,
        remedy: 'use one of them',
      });
    }
    process.exitCode = await task(projectRoot, args);
  } catch (error) {
    say(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
    process.exitCode = 1;
  }
}
