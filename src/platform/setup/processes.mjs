import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * A text that tells this process from a later one with the same number (boot and start time), or null when there
 * is no such process.
 */
export function identity(pid) {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return null; // dead, not yet collected
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
    } catch {
      return null;
    }
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
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
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
    try {
      return readdirSync('/proc').some((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
          const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
          return Number(fields[2]) === group && fields[0] !== 'Z' && fields[0] !== 'X';
        } catch {
          return false;
        }
      });
    } catch {
      // no /proc: ask the kernel below
    }
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
