import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * All processes that were started by this one or by its children, the deepest last. Read from /proc, or from ps
 * where there is none; empty when neither can tell.
 */
export function descendants(of: number = process.pid): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of processTable()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const pending = [of];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const here = children.get(next) ?? [];
    found.push(...here);
    pending.push(...here);
  }
  return found;
}

/** Ends all processes that descend from this one. */
export function killDescendants(signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const pid of descendants()) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function processTable(): [pid: number, parent: number][] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => fromProc(name));
  } catch {
    const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return (listed.stdout ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter((numbers): numbers is [number, number] => numbers.length === 2);
  }
}

function fromProc(pid: string): [number, number][] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses itself.
    const parent = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(1);
    return [[Number(pid), Number(parent)]];
  } catch {
    return [];
  }
}
