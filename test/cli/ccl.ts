import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../src/paths';

const command = join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs');

/** Runs the command line to its end, as a person would. */
export function ccl(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', timeout: 230_000 });
}

/** The same without blocking this process, which must answer the test runner now and then. */
export async function cclSoon(
  ...args: string[]
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

/** Starts the command line in a process group of its own, so that all of it can be killed. */
export function startCcl(...args: string[]): ChildProcess {
  return spawn(process.execPath, [command, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Kills a started command and all of its workers outright after some milliseconds, unless it has ended by then. */
export async function killAfter(milliseconds: number, child: ChildProcess): Promise<void> {
  await sleep(milliseconds);
  if (child.exitCode !== null) return;
  process.kill(-child.pid!, 'SIGKILL');
  await once(child, 'exit');
}
