import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { runToolOrFail } from './child-process.mjs';
import { findOnPath, readJson, trace } from './files.mjs';
import { SetupError } from './messages.mjs';

const hidden = (root) => path.join(root, 'node_modules', '.package-lock.json');

/** The npm packages, exactly as package-lock.json has them. */
export const npmPackages = {
  name: 'npm-packages',
  movable: true,
  title: 'npm packages (npm ci from package-lock.json)',
  inputs: ({ root }) => [
    readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
    process.platform,
    process.arch,
    process.versions.node.split('.')[0],
  ],
  traces: ({ root }) => [trace(hidden(root))],
  blocked: () => null,
  async run(context) {
    if (!isInstalled(context.root)) {
      const [command, ...first] = npmCommand(context.env);
      // --include=dev: with NODE_ENV=production npm would leave the tests' packages out.
      const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      await runToolOrFail(context, 'npm', 'Installing the npm packages failed.', command, [
        ...first,
        ...args,
      ]);
    }
    if (!existsSync(hidden(context.root))) throw incomplete(context.root);
  },
};

// npm may end well on a full disk: it does not look whether its own record of the installation was written.
function incomplete(root) {
  const { bavail, bsize } = statfsSync(root);
  const full = bavail * bsize < 50e6;
  return new SetupError({
    what: 'Installing the npm packages failed.',
    why: full
      ? 'the disk is full'
      : 'npm left no record of a whole installation (node_modules/.package-lock.json)',
    remedy: full
      ? 'free some space (a whole set-up takes about 3 GB) and run the same command again'
      : 'delete node_modules and run the same command again',
  });
}

function npmCommand(env) {
  // Under `npm start` this is the npm that the person called.
  if (env.npm_execpath?.endsWith('.js') && existsSync(env.npm_execpath)) {
    return [process.execPath, env.npm_execpath];
  }
  const npm = findOnPath('npm', env);
  if (npm !== null) return [npm];
  throw new SetupError({
    what: 'Installing the npm packages failed.',
    why: 'the command npm is not on PATH',
    remedy: 'install npm (it comes with Node.js) and run the same command again',
  });
}

/**
 * True when node_modules already holds what the lock file says, because somebody typed `npm install` by hand. npm
 * writes its hidden lock file last, so an interrupted install is never taken for a whole one.
 */
export function isInstalled(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
  const present = readJson(hidden(root))?.packages;
  if (!wanted || !present) return false;
  const same = (name) =>
    present[name]?.version === wanted[name].version && present[name]?.integrity === wanted[name].integrity;
  return (
    Object.keys(wanted).every((name) => name === '' || wanted[name].optional || same(name)) &&
    Object.keys(present).every((name) => name in wanted && same(name))
  );
}

/**
 * `import … from 'ccl-lab'` in a notebook and `npx ccl` in a terminal find the clone itself through these links. An
 * `npm install` by hand removes them, so they are looked at each time.
 */
export function linkProject(root) {
  if (!existsSync(path.join(root, 'node_modules'))) return;
  link(path.join(root, 'node_modules', 'ccl-lab'), '..');
  link(
    path.join(root, 'node_modules', '.bin', 'ccl'),
    path.join('..', '..', 'src', 'platform', 'cli', 'ccl.cjs'),
  );
}

function link(name, target) {
  try {
    if (readlinkSync(name) === target) return;
  } catch {
    // absent, or no link
  }
  mkdirSync(path.dirname(name), { recursive: true });
  if (lstatSync(name, { throwIfNoEntry: false })) rmSync(name, { recursive: true, force: true });
  try {
    symlinkSync(target, name);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error; // another process was faster
  }
  const file = path.resolve(path.dirname(name), target);
  if (file.endsWith('.cjs') && existsSync(file)) chmodSync(file, 0o755);
}
