import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isWritable, workFolder } from './files.mjs';
import { SetupError, explainFailure } from './messages.mjs';

const running = new Set(); // the children of the steps at work; ended when set-up is told to stop

export function endRunningChildren() {
  for (const { pid } of running) {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // already gone
    }
  }
}

// The tool starts when its process is on record in the lock file, never before: a set-up that is killed in between
// leaves no tool that the next one does not know of.
const startOnWord = 'read -r word && exec "$@" </dev/null';

/**
 * Runs a tool, its output going to .setup/logs/<log>.log, in a process group of its own, so that the next set-up
 * can end it when this one was killed.
 * @returns {Promise<{status: number | null, output: string}>} output: the last 200,000 characters, both streams
 */
export async function runTool(context, log, command, args, { cwd = context.root, env = context.env } = {}) {
  if (context.isEnding) throw new Error('another step has failed');
  const logFile = path.join(workFolder(context.root), 'logs', `${log}.log`);
  mkdirSync(path.dirname(logFile), { recursive: true });
  const stream = createWriteStream(logFile);
  stream.on('error', () => undefined); // a full disk: the tool's own message says it
  stream.write(`$ ${[command, ...args].join(' ')}\n`);
  let output = '';
  const keep = (chunk) => {
    stream.write(chunk);
    output = (output + chunk.toString()).slice(-200_000);
  };
  const options = { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true };
  const child = spawn('/bin/sh', ['-c', startOnWord, 'sh', command, ...args], options);
  if (child.pid !== undefined) running.add(child);
  child.stdin.on('error', () => undefined); // it died before the word; its exit status tells
  try {
    if (child.pid !== undefined) context.lock?.addChild(child.pid);
    child.stdin.end('go\n');
  } catch (error) {
    running.delete(child);
    child.stdin.end(); // without the word it ends itself
    throw error;
  }
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += `\n${error.message}`;
      resolve(null);
    });
    child.on('close', (code) => resolve(code));
  });
  running.delete(child);
  try {
    context.lock?.removeChild(child.pid);
  } catch {
    // a full disk: the record of a process that has ended does no harm
  }
  stream.end();
  return { status, output };
}

/** Like runTool, but a failure becomes a SetupError that says why and what to do. */
export async function runToolOrFail(context, log, what, command, args, options) {
  const { status, output } = await runTool(context, log, command, args, options);
  if (status === 0) return output;
  throw failure(log, what, output);
}

export function failure(log, what, output) {
  const { kind, why, remedy } = explainFailure(output);
  const error = new SetupError({ what, why, remedy: `${remedy} (whole log: .setup/logs/${log}.log)` });
  error.kind = kind;
  return error;
}

// These would send packages elsewhere than into the project's own folders.
const astray = ['PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT', 'PIP_NO_BINARY', 'PYTHONHOME', 'PYTHONPATH'];

/** The variables with which the package managers and the tasks run: the caller's, with what would lead them astray removed. */
export function childEnvironment(root, env = process.env) {
  const child = Object.fromEntries(Object.entries(env).filter(([name]) => !astray.includes(name)));
  child.PIP_USER = '0';
  child.PIP_REQUIRE_VIRTUALENV = '0';
  child.PYTHONNOUSERSITE = '1';
  child.PIP_DISABLE_PIP_VERSION_CHECK = '1';
  child.TF_CPP_MIN_LOG_LEVEL ??= '3';
  child.TF_ENABLE_ONEDNN_OPTS ??= '1'; // its default, set explicitly to silence one line of log
  if (child.HOME === '') delete child.HOME;
  return homeIsUsable(env) ? child : { ...child, ...foldersInsteadOfHome(root) };
}

function homeIsUsable(env) {
  if (env.HOME === '') return false;
  return isWritable(env.HOME ?? homedir());
}

// Without a home that can be written, caches and Jupyter's files live in .setup.
function foldersInsteadOfHome(root) {
  const home = path.join(workFolder(root), 'home');
  mkdirSync(home, { recursive: true });
  return {
    npm_config_cache: path.join(home, 'npm'),
    npm_config_logs_dir: path.join(home, 'npm-logs'),
    PIP_CACHE_DIR: path.join(home, 'pip'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    JUPYTER_CONFIG_DIR: path.join(home, 'jupyter-config'),
    JUPYTER_DATA_DIR: path.join(home, 'jupyter-data'),
    JUPYTER_RUNTIME_DIR: path.join(home, 'jupyter-runtime'),
    IPYTHONDIR: path.join(home, 'ipython'),
  };
}
