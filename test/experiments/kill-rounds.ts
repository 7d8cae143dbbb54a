import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { isGone, leaseHolder } from '../../src/experiments/store/lease';
import { openStore } from '../../src/experiments/store/store';
import { runStudy } from '../../src/experiments/run-study';
import { study, type StudyInput } from '../../src/experiments/study';
import type { StudyResult } from '../../src/experiments/study-result';
import { checkpointEpoch } from '../../src/experiments/study-status';
import { randomStream } from '../../src/platform/math/random';
import { projectRoot } from '../../src/paths';
import { studyNumbers } from '../cli/study-numbers';

/** Eight blocks, two of which wait for two others, with enough epochs to be killed in. */
export const killedStudy: StudyInput = {
  name: 'killed',
  hidden: [256],
  methods: [{ loss: 'ce' }, { defense: 'selena', subModels: 2, leftOutBy: 1 }],
  seeds: [1],
  epochs: 25,
  milestones: [20],
  evaluateEvery: 5,
};

/** The same for a machine with less time: the networks are small, and so are the epochs that a kill may cost. */
export const soonKilledStudy: StudyInput = { ...killedStudy, hidden: [32], epochs: 12, milestones: [9] };

/** What a result says, without how it came about. */
const numbersOf = (result: StudyResult): StudyResult => ({
  ...result,
  command: '',
  blocks: { trained: 0, reused: 0 },
});

/** The numbers of a run that nobody disturbs. */
export async function calmNumbers(folder: string, killed: StudyInput): Promise<StudyResult> {
  return numbersOf(await runStudy(study(killed), { store: openStore(join(folder, 'calm')) }));
}

function startStudy(
  folder: string,
  out: string,
  json: string,
  killed: StudyInput,
  env: Readonly<Record<string, string>> = {},
): ChildProcess & { log: string } {
  const file = join(folder, 'killed.json');
  writeFileSync(file, JSON.stringify(killed));
  const command = [
    join(projectRoot, 'src/platform/cli/ccl.cjs'),
    'study',
    'run',
    file,
    '--out',
    out,
    '--json',
    json,
  ];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const started = Object.assign(child, { log: '' });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (started.log += text));
  return started;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

/** Milliseconds after the start of training, by round. */
function moment(round: number): number {
  return 3000 * randomStream({ seed: 31, role: 'evaluation', purpose: 'permutation', step: round }).uniform();
}

/**
 * Kills the parent of a study with SIGKILL at a random moment, then runs the study to its end in this process: finished
 * blocks are not trained again, each other one goes on behind its last checkpoint, the numbers are those of the calm run,
 * and a third run trains nothing.
 */
export async function killParent(
  folder: string,
  round: number,
  calm: StudyResult,
  killed: StudyInput,
): Promise<void> {
  const out = join(folder, `parent-${round}`);
  const child = startStudy(folder, out, join(folder, `parent-${round}.json`), killed);
  await until(() => child.log.includes('Training') || child.exitCode !== null);
  await sleep(moment(round));
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const store = openStore(out);
  const leases = join(store.folder, 'leases');
  const held = (): boolean =>
    existsSync(leases) && readdirSync(leases).some((name) => !isGone(leaseHolder(join(leases, name))));
  await until(() => !held());

  const finished = new Set(store.blockIds());
  const kept = new Map<string, number>();
  const first = new Map<string, number>();
  const result = await runStudy(study(killed), {
    store,
    onPlan: ({ missing }) => {
      for (const { id, spec } of missing) {
        const epoch = checkpointEpoch(store.checkpointFile(spec));
        if (epoch !== null) kept.set(id, epoch);
      }
    },
    events: {
      onProgress: ({ id }, _place, { epoch }) => void (first.has(id) || first.set(id, epoch)),
    },
  });
  for (const id of first.keys()) expect(finished.has(id)).toBe(false);
  for (const [id, epoch] of first) expect(epoch).toBe((kept.get(id) ?? 0) + 1);
  expect(result.blocks).toEqual({ trained: 8 - finished.size, reused: finished.size });
  expect(numbersOf(result)).toEqual(calm);
  const third = await runStudy(study(killed), { store });
  expect(third.blocks).toEqual({ trained: 0, reused: 8 });
}

/** Kills one worker with SIGKILL at a random moment: the study ends by itself, with the numbers of the calm run. */
export async function killChild(
  folder: string,
  round: number,
  calm: StudyResult,
  killed: StudyInput,
): Promise<void> {
  const out = join(folder, `child-${round}`);
  const json = join(folder, `child-${round}.json`);
  const child = startStudy(folder, out, json, killed);
  const ended = once(child, 'exit');
  await until(() => child.log.includes('Training') || child.exitCode !== null);
  await sleep(moment(1000 + round) / 3);
  const workers = childrenOf(child.pid!);
  const wasBusy = workers.length > 0;
  if (wasBusy) process.kill(workers[round % workers.length], 'SIGKILL');
  await ended;
  expect(child.exitCode, child.log).toBe(0);
  expect(numbersOf(studyNumbers(json))).toEqual(calm);
}

/** Stops one worker for a while (SIGSTOP), as a debugger or a laptop's lid does: the study waits, and nothing is lost. */
export async function stopChild(
  folder: string,
  seconds: number,
  calm: StudyResult,
  killed: StudyInput,
): Promise<void> {
  const json = join(folder, 'stopped.json');
  const child = startStudy(folder, join(folder, 'stopped'), json, killed);
  const ended = once(child, 'exit');
  await until(() => child.log.includes('Training') || child.exitCode !== null);
  await until(() => childrenOf(child.pid!).length > 0);
  const [worker] = childrenOf(child.pid!);
  process.kill(worker, 'SIGSTOP');
  await sleep(seconds * 1000);
  expect(child.exitCode).toBeNull();
  process.kill(worker, 'SIGCONT');
  await ended;
  expect(child.exitCode, child.log).toBe(0);
  expect(numbersOf(studyNumbers(json))).toEqual(calm);
}

/** A clock that leaps years forth and back all the time, as seen by all of a program. */
const leapingClock = `{
  const OldDate = Date;
  let turn = 0;
  const now = () => OldDate.now() + ((turn++ * 37) % 11 - 5) * 4e10;
  globalThis.Date = class extends OldDate {
    constructor(...args) { if (args.length === 0) super(now()); else super(...args); }
    static now() { return now(); }
  };
}`;

/** Runs a study while the clock of its processes leaps: the numbers of the calm run, and times left that can be true. */
export async function leapClock(folder: string, calm: StudyResult, killed: StudyInput): Promise<void> {
  const json = join(folder, 'leaping.json');
  const leaping = join(folder, 'leaping-clock.cjs');
  writeFileSync(leaping, leapingClock);
  const before = process.env.NODE_OPTIONS ?? '';
  const env = { NODE_OPTIONS: `${before} --require "${leaping}"`.trim() };
  const child = startStudy(folder, join(folder, 'leaping'), json, killed, env);
  await once(child, 'close');
  expect(child.exitCode, child.log).toBe(0);
  expect(numbersOf(studyNumbers(json))).toEqual(calm);
  const left = child.log.match(/; [^;\n]* left$/gm) ?? [];
  expect(left.length).toBeGreaterThan(2);
  expect(left.filter((text) => /-| h /.test(text))).toEqual([]);
}

/** Process numbers of the children of a process. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const isNode = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('worker.cjs');
        return isNode && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}
