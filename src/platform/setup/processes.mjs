import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';

/** What /proc tells of a process (Linux), without its number and name: state, parent, group, …; null if there is none. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

// Dead, not yet collected.
const isZombie = ([state]) => state === 'Z' || state === 'X';

/**
 * A text that tells this process from a later one with the same number (boot and start time), or null when there
 * is no such process.
 */
export function identity(pid) {
  if (process.platform === 'linux') {
    const stat = statOf(pid);
    if (stat === null || isZombie(stat)) return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${stat[19]}`;
  }
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return started === '' ? null : started;
  } catch {
    return null;
  }
}

/** The number of a process's parent where /proc tells (Linux), else null. */
export function parentOf(pid) {
  const stat = statOf(pid);
  return stat === null ? null : Number(stat[1]);
}

/**
 * When npm is killed outright, its script would work on unseen. Between npm and this process there may be a shell.
 * @returns {() => void} ends the watch
 */
export function whenNpmIsGone(act) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const above = () => [process.ppid, parentOf(process.ppid)].join();
  const before = above();
  const timer = setInterval(() => {
    if (above() !== before) act();
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/** True when the process with this number is the one that had this identity. */
export function isAlive(pid, its) {
  return Number.isInteger(pid) && pid > 0 && its !== null && identity(pid) === its;
}

/** Whether any process of a group is left (zombies do not count where /proc tells). */
function groupExists(group) {
  if (process.platform === 'linux') {
    return readdirSync('/proc').some((name) => {
      const stat = /^\d+$/.test(name) ? statOf(name) : null;
      return stat !== null && Number(stat[2]) === group && !isZombie(stat);
    });
  }
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends the process group that a killed set-up left behind (pip, npm, the compiler), and waits until it is gone, so
 * that it does not write into what the next set-up makes.
 * @param {{pid: number, identity: string | null} | null | undefined} leader  as the lock file recorded it
 */
export async function endOrphans(leader) {
  if (!leader || !Number.isInteger(leader.pid) || leader.pid <= 1) return;
  const now = identity(leader.pid);
  if (now !== null && now !== leader.identity) return; // the number belongs to somebody else by now
  // The leader may be gone while its children run on; a boot in between means that nothing of it is left.
  if (now === null && process.platform === 'linux') {
    const boot = identity(process.pid)?.split(':')[0];
    if (leader.identity?.split(':')[0] !== boot) return;
  }
  for (let tries = 0; tries < 100 && groupExists(leader.pid); tries++) {
    try {
      process.kill(-leader.pid, 'SIGKILL');
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

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
