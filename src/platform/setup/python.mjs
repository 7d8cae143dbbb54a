import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { failure, runTool, runToolOrFail } from './child-process.mjs';
import { findOnPath, removeFolder, trace } from './files.mjs';
import { SetupError, requireSpace } from './messages.mjs';
import { choosePython, pythonCommands, pythonRule } from './versions.cjs';

export const lockFile = (root, name) =>
  path.join(root, 'src', 'platform', 'setup', 'python', `${name}.lock.txt`);
export const readLock = (root, name) => readFileSync(lockFile(root, name), 'utf8');
export const venvPython = (root, venv = '.venv') => path.join(root, venv, 'bin', 'python');

const question =
  'import json, sys\n' +
  'try:\n import venv, ensurepip, ssl; ok = True\n' +
  'except Exception: ok = False\n' +
  'print(json.dumps({"version": list(sys.version_info[:3]), "venv": ok}))';

function probe(command, env) {
  const file = findOnPath(command, env);
  if (file === null) return null;
  try {
    const options = { env, encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] };
    return { command: file, ...JSON.parse(execFileSync(file, ['-c', question], options)) };
  } catch {
    return { command: file, version: null, venv: false }; // such as a shim of a version that is not installed
  }
}

/** The Python to make environments with, or why there is none. Stops at the first good one. */
export function findPython(env) {
  const probes = [];
  for (const command of pythonCommands) {
    const result = probe(command, env);
    if (result === null) continue;
    probes.push(result);
    if (choosePython(probes).command) break;
  }
  const choice = choosePython(probes);
  if (choice.command) return { command: choice.command, version: choice.version };
  const remedy = `install Python ${pythonRule} (Debian and Ubuntu: "apt-get install python3 python3-venv") and run the same command again`;
  return { why: choice.why, remedy };
}

/** What shows that an environment is still the one that was made: its interpreter and one of its programs. */
export function venvTraces(root, venv, program) {
  const python = venvPython(root, venv);
  let real = null;
  try {
    real = realpathSync(python);
  } catch {
    // no environment, or its Python was removed
  }
  const present = program === null || existsSync(path.join(root, venv, 'bin', program));
  return [real, real === null ? null : trace(real), present ? 'present' : null];
}

/**
 * Makes a virtual environment anew and fills it from a lock file. It is never repaired in place: pip takes a
 * package that was killed half-way for a whole one.
 */
export async function makeVenv(context, { venv, lock, log, what }) {
  const python = findPython(context.env);
  if (!python.command) throw new SetupError({ what, why: python.why, remedy: python.remedy });
  removeFolder(context.root, path.join(context.root, venv));
  requireSpace(context.root, what, 300e6);
  await runToolOrFail(context, `${log}-venv`, what, python.command, [
    '-m',
    'venv',
    path.join(context.root, venv),
  ]);
  await pipInstall(context, log, what, venvPython(context.root, venv), ['-r', lockFile(context.root, lock)]);
  return { version: python.version.join('.'), command: python.command };
}

/** pip with hashes and wheels only; a download with a wrong checksum is tried once more without the cache. */
export async function pipInstall(context, log, what, python, args) {
  const all = [
    '-m',
    'pip',
    'install',
    '--require-hashes',
    '--only-binary=:all:',
    '--no-input',
    '--progress-bar=off',
  ];
  const first = await runTool(context, log, python, [...all, ...args]);
  if (first.status === 0) return;
  const error = failure(log, what, first.output);
  if (error.kind !== 'broken-download') throw error;
  const second = await runTool(context, log, python, [...all, '--no-cache-dir', ...args]);
  if (second.status !== 0) throw failure(log, what, second.output);
}

/** JupyterLab, its tools and the front ends of figures and widgets, in .venv. */
export const pythonPackages = {
  name: 'python-packages',
  title: 'Python packages (JupyterLab and its tools, in .venv)',
  inputs: ({ root }) => [readLock(root, 'notebook'), process.platform, process.arch],
  traces: ({ root }) => venvTraces(root, '.venv', 'jupyter'),
  blocked(context) {
    const python = findPython(context.env);
    return python.command ? null : { why: python.why, remedy: python.remedy };
  },
  run: (context) =>
    makeVenv(context, {
      venv: '.venv',
      lock: 'notebook',
      log: 'python-packages',
      what: 'Installing the Python packages failed.',
    }),
};
