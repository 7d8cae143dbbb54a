import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { runTool, runToolOrFail } from './child-process.mjs';
import { findOnPath, readJson, sha256, trace, workFolder, writeAtomic } from './files.mjs';
import { SetupError, explainFailure, requireSpace, say } from './messages.mjs';

const failed = 'Installing the npm packages failed.';
/** Bytes that node_modules takes at least. */
const installedSize = 750e6;
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
  traces: ({ root }) => [trace(hidden(root)), packageTraces(root)],
  blocked: () => null,
  async run(context, before) {
    const damaged = damagedPackages(context.root, before);
    if (damaged.length > 0) {
      const names =
        damaged.slice(0, 3).join(', ') + (damaged.length > 3 ? ` and ${damaged.length - 3} more` : '');
      say(`In node_modules ${names} is not as it was installed, so the packages are installed anew.`);
      rmSync(hidden(context.root), { force: true }); // a kill from here on leaves no installation that looks whole
    }
    if (damaged.length > 0 || !isInstalled(context.root)) {
      if (!existsSync(hidden(context.root))) {
        // Half an installation, which npm would delete as well, must not be what the room is missing for.
        rmSync(path.join(context.root, 'node_modules'), { recursive: true, force: true });
        requireSpace(context.root, failed, installedSize);
      }
      const [command, ...first] = npmCommand(context.env);
      // --include=dev: with NODE_ENV=production npm would leave the tests' packages out.
      const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
      // npm tries for minutes before it says that there is no network; what is in its cache it can still install.
      const { status, output } = await runTool(context, 'npm', command, [...first, ...ping]);
      if (status !== 0 && explainFailure(output).kind === 'network') args.push('--offline');
      await runToolOrFail(context, 'npm', failed, command, [...first, ...args]);
    }
    if (!existsSync(hidden(context.root))) throw incomplete(context.root);
  },
};

const ping = ['ping', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=10000'];

// npm may end well on a full disk: it does not look whether its own record of the installation was written.
function incomplete(root) {
  requireSpace(root, failed, 50e6);
  return new SetupError({
    what: failed,
    why: 'npm left no record of a whole installation (node_modules/.package-lock.json)',
    remedy: 'delete node_modules and run the same command again',
  });
}

/**
 * What an installed package is made of, by folder: the sizes of its files, of a package that this project names all of
 * them, of others those beside package.json. A link (a folder of the project) has none.
 * @returns {Record<string, string | null> | null} null for a package that is not there
 */
function packageTraces(root) {
  const present = readJson(hidden(root))?.packages;
  if (!present) return null;
  const { devDependencies = {} } = readJson(path.join(root, 'package.json')) ?? {};
  const named = new Set(Object.keys(devDependencies).map((name) => `node_modules/${name}`));
  const folders = Object.keys(present).filter((folder) => !present[folder].link);
  return Object.fromEntries(
    folders.map((folder) => [
      folder,
      packageTrace(path.join(root, folder), present[folder], named.has(folder)),
    ]),
  );
}

// The native binding is compiled into a package.
const madeHere = /napi-v8|\.tmp$/;

function packageTrace(folder, { version }, recursive) {
  try {
    if (readJson(path.join(folder, 'package.json')).version !== version) return null;
    const files = readdirSync(folder, { withFileTypes: true, recursive })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
      .filter((file) => !madeHere.test(file.slice(folder.length)));
    return sha256(
      JSON.stringify(files.sort().map((file) => [file.slice(folder.length), statSync(file).size])),
    ).slice(0, 12);
  } catch {
    return null;
  }
}

/** Packages that are missing, of another version, or changed since the last set-up although nobody ran npm. */
function damagedPackages(root, before) {
  const now = packageTraces(root) ?? {};
  const [record, known] = before?.traces ?? [];
  const isComparable = record === trace(hidden(root)) && known;
  return Object.keys(now)
    .filter((folder) => now[folder] === null || (isComparable && now[folder] !== known[folder]))
    .map((folder) => folder.replace('node_modules/', ''));
}

function npmCommand(env) {
  // Under `npm start` this is the npm that the person called.
  if (env.npm_execpath?.endsWith('.js') && existsSync(env.npm_execpath)) {
    return [process.execPath, env.npm_execpath];
  }
  const npm = findOnPath('npm', env);
  if (npm !== null) return [npm];
  throw new SetupError({
    what: failed,
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

// A plain `npm pack` runs no `prepack` here, since .npmrc switches the scripts of packages off. So dist/, which the
// package is made of, is kept up to date by the commands that set the project up. Nothing in the clone uses it.

const stamp = (root) => path.join(workFolder(root), 'package-bundle.json');
const program = (root) => path.join(root, 'src', 'platform', 'cli', 'bundle.mjs');

/** Makes dist/ anew if a source changed. A failure is only told: nothing but the package needs it. */
export function keepPackageBundle(root) {
  if (!existsSync(program(root)) || !existsSync(path.join(root, 'node_modules', 'esbuild'))) return;
  const now = inputs(root);
  const output = trace(path.join(root, 'dist', 'ccl.cjs'));
  const known = readJson(stamp(root));
  if (output !== null && known?.inputs === now && known.output === output) return;
  const { status, stderr } = spawnSync(process.execPath, [program(root)], { encoding: 'utf8' });
  if (status !== 0) {
    say(`The package for \`npm pack\` could not be made (nothing else needs it): ${stderr.trim()}`);
    return;
  }
  const made = trace(path.join(root, 'dist', 'ccl.cjs'));
  writeAtomic(stamp(root), `${JSON.stringify({ inputs: now, output: made })}\n`);
}

/** Sizes and times of all sources and of what is installed. */
function inputs(root) {
  const sources = path.join(root, 'src');
  const files = readdirSync(sources, { recursive: true }).filter((name) => /\.(ts|mjs)$/.test(name));
  const installed = ['package.json', 'package-lock.json'].map((name) => trace(path.join(root, name)));
  return sha256(
    JSON.stringify([installed, files.sort().map((name) => [name, trace(path.join(sources, name))])]),
  );
}
