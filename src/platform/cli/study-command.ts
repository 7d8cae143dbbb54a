import { Command, Option } from 'commander';
import { executorNames } from '../../experiments/executors/open-executor';
import { defaultOut } from '../../experiments/store/store';
import { studies } from '../../studies/registry';
import { number, wholeNumber } from './option-values';
import { diffStudies, exportFormats, exportStudy, reportOfStudy, shareStudyCommand } from './finished-study';
import { planOfStudy } from './study-plan';
import { runStudyCommand, statusOfStudy } from './study-run';

const studyWords = `${Object.keys(studies).join(', ')}, or a JSON or YAML file`;

/** `ccl study`: what a study costs, its training, where it stands, its results. */
export function studyCommand(): Command {
  return new Command('study')
    .description('plan, run, watch, compare, export, share and report studies (docs/studies.md)')
    .addCommand(
      onStudy('plan', 'runs, what is reused, time and disk expected; trains nothing')
        .option('--workers <n>', 'reckon with so many processes (default: one a core)', wholeNumber)
        .option('--no-measure', 'do not measure steps: no time is expected')
        .option('--json', 'print as JSON')
        .action(planOfStudy),
    )
    .addCommand(
      onStudy('run', 'train what is missing, attack, print the table')
        .addOption(
          new Option('--executor <name>', 'where: in this process, in child processes, on a Ray cluster')
            .choices(executorNames)
            .default('pool'),
        )
        .option('--workers <n>', 'processes of the pool (default: one a core)', wholeNumber)
        .option('--max-memory <GiB>', 'memory of all processes of the pool (default: 80 %)', number)
        .option('--address <host:port>', 'head of the Ray cluster (default: that of this machine)')
        .option('--no-shared-store', "Ray's nodes do not see the store: blocks go through Ray")
        .option('--json [file]', 'write the whole result as JSON; without a file print it, and nothing else')
        .option(
          '--keep <file>',
          'keep the result, without losses of single records, in this file: written after each method of a seed; ' +
            'what it has is not trained again',
        )
        .option('--report', 'also write the report')
        .action(runStudyCommand),
    )
    .addCommand(
      onStudy('status', 'which blocks are done, running (with epoch), stopped, failed (with log), missing')
        .option('--all', 'list the finished ones too')
        .option('--json', 'print as JSON')
        .action(statusOfStudy),
    )
    .addCommand(
      new Command('diff')
        .description('what two studies do differently, and which blocks they share')
        .argument('<a>', studyWords)
        .argument('<b>', 'another one')
        .option('--json', 'print as JSON')
        .action(diffStudies),
    )
    .addCommand(exportCommand())
    .addCommand(shareCommand())
    .addCommand(reportCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  npx ccl study plan my-study.yaml\n  npx ccl study run my-study.yaml --workers 2 --json result.json\n' +
        '  npx ccl study status my-study.yaml\n  npx ccl study diff first-look my-study.yaml\n' +
        '  npx ccl study export my-study.yaml --format parquet --to results\n' +
        '  npx ccl study export my-study.yaml --pytorch --to for-pytorch\n' +
        '  npx ccl study report my-study.yaml\n  npx ccl study report result.json --to result.html',
    );
}

function onStudy(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<study>', studyWords)
    .option('--out <folder>', 'where runs are kept', defaultOut);
}

function shareCommand(): Command {
  return onStudy('share', 'pack study, data file, blocks and results for another machine')
    .requiredOption('--to <folder>', 'the folder, which is then an output folder (--out)')
    .option('--no-data', 'leave a data file of your own out; its checksum stays in the study')
    .option('--json', 'print as JSON')
    .action(shareStudyCommand);
}

function exportCommand(): Command {
  return onStudy('export', 'results of a finished study as files; with --pytorch its models')
    .addOption(new Option('--format <name>', 'file format').choices(exportFormats).default('csv'))
    .option('--pytorch', 'instead of results all models: weights, splits, order of classes, loader.py')
    .option('--to <folder>', 'where the files go', '.')
    .option('--json', 'print the names of the files as JSON')
    .action(exportStudy);
}

function reportCommand(): Command {
  return new Command('report')
    .description('the page of a finished study, complete in itself; trains nothing')
    .argument('<study|result>', `${studyWords} with a study or a result`)
    .option('--out <folder>', 'where runs are kept', defaultOut)
    .option('--to <file.html>', 'the page (default: reports/NAME.html in that folder)')
    .option('--json', "print the page's name and size as JSON")
    .action(reportOfStudy);
}
