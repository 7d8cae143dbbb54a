import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { runStudy } from '../../experiments/run-study';
import { study } from '../../experiments/study';
import { writeFileWhole } from '../formats/write-file';
import { reportName, writeStudyReport } from '../../report/study-report';
import { findStudy, studies } from '../../studies/registry';
import { interruptible } from './interrupt';
import { wholeNumber } from './option-values';
import { defaultOut, openStore } from '../../experiments/store/store';
import { studyProgress } from './progress';
import { shellWord } from './printed';
import { selectionText, studyTerminal } from './study-terminal';

interface StartOptions {
  study: string;
  out: string;
  workers?: number;
  json?: string;
}

/** `ccl start`: the main job of the laboratory, a whole study with table and report. */
export function startCommand(): Command {
  return new Command('start')
    .description(
      'train and attack every method of a study, print the table, write the report (this is `npm start`)',
    )
    .option('--study <name|file>', `${Object.keys(studies).join(', ')}, or a JSON or YAML file`, 'first-look')
    .option('--out <folder>', 'where runs and reports are kept', defaultOut)
    .option('--workers <n>', 'processes side by side (default: one a core)', wholeNumber)
    .option('--json <file>', 'also write the whole result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  npm start\n  npm start -- --study tiny --out try\n  npx ccl start --study my-study.json --json result.json',
    )
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const chosen = study(findStudy(options.study));
  const store = openStore(options.out);
  const progress = studyProgress({ quiet: false });
  const command =
    options.study === 'first-look' ? 'npm start' : `npx ccl start --study ${shellWord(options.study)}`;
  const result = await interruptible((signal) =>
    runStudy(chosen, {
      store,
      command,
      workers: options.workers,
      signal,
      onPlan: progress.onPlan,
      events: progress.events,
      onUnit: progress.onUnit,
    }),
  ).finally(progress.stop);
  process.stdout.write(studyTerminal(result));
  process.stdout.write(selectionText(result));
  const { trained, reused } = result.blocks;
  process.stdout.write(
    `Models trained now: ${trained}, reused: ${reused}. Backend: ${result.backend.name}.\n`,
  );
  if (options.json !== undefined) writeFileWhole(resolve(options.json), `${JSON.stringify(result)}\n`);
  const report = join(resolve(options.out), 'reports', reportName(chosen.name));
  await writeStudyReport(result, report);
  process.stdout.write(`Report: ${report}\n`);
}
