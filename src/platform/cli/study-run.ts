import { join, resolve } from 'node:path';
import { continueStudyFile } from '../../experiments/continue-study';
import { type ExecutorName, withLocalPlan } from '../../experiments/executors/open-executor';
import { openStore } from '../../experiments/store/store';
import { runStudy } from '../../experiments/run-study';
import { study } from '../../experiments/study';
import type { StudyResult } from '../../experiments/study-result';
import { writeFileWhole } from '../formats/write-file';
import { reportName, writeStudyReport } from '../../report/study-report';
import { findStudy } from '../../studies/registry';
import { interruptible } from './interrupt';
import { studyProgress } from './progress';
import { shellWord, printJson } from './printed';
import { selectionText, studyTerminal } from './study-terminal';
import { madeBy } from '../../experiments/made';
import { studyStatus, type BlockStatus } from '../../experiments/study-status';

interface RunOptions {
  readonly out: string;
  readonly executor: ExecutorName;
  readonly workers?: number;
  readonly maxMemory?: number;
  readonly address?: string;
  readonly sharedStore: boolean;
  /** A file, or true for the standard output. */
  readonly json?: string | true;
  /** A file that is written on the way and gone on from. */
  readonly keep?: string;
  readonly report?: true;
}

/** `ccl study run`. */
export async function runStudyCommand(name: string, options: RunOptions): Promise<void> {
  const chosen = study(findStudy(name));
  const { out, executor, workers, maxMemory, address, sharedStore, json, keep } = options;
  const progress = studyProgress({ quiet: json === true });
  const result = await interruptible((signal) => {
    const settings = {
      store: openStore(out),
      command: `npx ccl study run ${shellWord(name)}${options.report === true ? ' --report' : ''}`,
      executor,
      workers,
      memory: maxMemory === undefined ? undefined : maxMemory * 2 ** 30,
      address,
      sharedStore,
      signal,
      onPlan: progress.onPlan,
      events: progress.events,
    };
    return keep === undefined
      ? runStudy(chosen, settings)
      : continueStudyFile(chosen, resolve(keep), settings);
  }).finally(progress.stop);
  if (json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else printResult(result);
  if (typeof json === 'string') writeFileWhole(resolve(json), `${JSON.stringify(result)}\n`);
  if (options.report !== true) return;
  const report = await writeStudyReport(result, join(resolve(out), 'reports', reportName(chosen.name)));
  if (json !== true) process.stdout.write(`Report: ${report}\n`);
}

function printResult(result: StudyResult): void {
  process.stdout.write(studyTerminal(result));
  process.stdout.write(selectionText(result));
  const { trained, reused } = result.blocks;
  process.stdout.write(`Blocks trained: ${trained}, reused: ${reused}. Backend: ${result.backend.name}.\n`);
}

interface StatusOptions {
  readonly out: string;
  readonly all?: true;
  readonly json?: true;
}

const states = ['done', 'running', 'stopped', 'failed', 'missing', 'not needed'] as const;

/** `ccl study status`. */
export async function statusOfStudy(name: string, { out, all, json }: StatusOptions): Promise<void> {
  const chosen = study(findStudy(name));
  const blocks = await withLocalPlan(chosen, ({ plan }) => studyStatus(plan, openStore(out)));
  const counts = Object.fromEntries(
    states.map((state) => [state, blocks.filter((block) => block.state === state).length]),
  );
  if (json === true)
    return printJson({
      ...{ schema: 'ccl-lab/study-status/1', name: chosen.name, counts, blocks },
      made: madeBy(chosen),
    });
  const shown = blocks.filter(({ state }) => all === true || (state !== 'done' && state !== 'not needed'));
  const told = states.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  process.stdout.write(
    [`${chosen.name}: ${blocks.length} blocks, ${told.join(', ')}`, ...shown.map(statusLine), ''].join('\n'),
  );
}

function statusLine({ id, title, state, epoch, epochs, holder, failure }: BlockStatus): string {
  const at = epoch === null ? '' : `, epoch ${epoch} of ${epochs}`;
  const who = holder === null ? '' : `, process ${holder.pid} on ${holder.host} since ${holder.since}`;
  const why = failure === null ? '' : `: ${failure.message.split('\n')[0]}\n    log: ${failure.file}`;
  return `  ${state.padEnd(10)} ${id.slice(0, 8)}  ${title}${at}${who}${why}`;
}
