import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { workFolder } from './files.mjs';
import { explainFailure } from './explain-failure.mjs';
import { SetupError } from './messages.mjs';

let running = null; // the child of the step at work; ended when set-up is told to stop

export function endRunningChild() {
  if (running === null) return;
  try {
    process.kill(-running.pid, 'SIGTERM');
  } catch {
    // already gone
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
  running = child;
  child.stdin.on('error', () => undefined); // it died before the word; its exit status tells
  try {
    if (child.pid !== undefined) context.lock?.setChild(child.pid);
    child.stdin.end('go\n');
  } catch (error) {
    running = null;
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
  running = null;
  try {
    context.lock?.setChild(null);
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
