import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { whenNpmIsGone } from './processes.mjs';

/**
 * Runs a task in the foreground with this process's streams, hands signals on, and resolves with its exit status
 * (128 + number when a signal ended it).
 */
export function runTask(command, args, { cwd = process.cwd(), env = process.env } = {}) {
  const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  const stopForwarding = forwardSignals(child);
  const stopWatching = whenNpmIsGone(() => child.kill('SIGTERM'));
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
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map((signal) => [signal, forward(signal)]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => handlers.forEach(([signal, handler]) => process.off(signal, handler));
}
