import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { parentOf } from './processes.mjs';

/**
 * Runs a task in the foreground with this process's streams, hands signals on, and resolves with its exit status
 * (128 + number when a signal ended it).
 */
export function runTask(command, args, { cwd = process.cwd(), env = process.env } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  const stopForwarding = forwardSignals(child);
  const stopWatching = endWithNpm(child);
  return new Promise((resolve) => {
    const end = (status) => {
      stopForwarding();
      stopWatching();
      resolve(status);
    };
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function forwardSignals(child) {
  // A terminal sends Ctrl-C to the whole group: the child has it already, and a second one would mean "at once".
  const forward = (signal) => () => {
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
  };
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, forward(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => handlers.forEach(([signal, handler]) => process.off(signal, handler));
}

// When npm is killed outright, its script would run on unseen. Between npm and this process there may be a shell.
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const above = () => [process.ppid, parentOf(process.ppid)].join();
  const before = above();
  const timer = setInterval(() => {
    if (above() !== before) child.kill('SIGTERM');
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}
