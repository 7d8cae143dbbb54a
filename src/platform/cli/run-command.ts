import { Command } from 'commander';
import { datasetNames, type DatasetName } from '../../data/registry';
import { augmentationNames } from '../../data/augmentation';
import { splitNames } from '../../data/split';
import { runStudy } from '../../experiments/run-study';
import { study, type Study } from '../../experiments/study';
import { type MethodSpec } from '../../experiments/study-defenses';
import type { RunResult, StudyResult } from '../../experiments/study-result';
import { lossNames, type LossName } from '../../losses/registry';
import { paperHidden } from '../../models/mlp';
import { runProgram } from './run-program';
import { runTable } from './run-table';
import { interruptible } from './interrupt';
import { lossOption } from './loss-options';
import { namedOption, namedOptions, type NamedOption } from './named-option';
import { number, numbers, wholeNumber } from './numbers';
import { recipeSettings, withRecipeOptions, type RecipeOptions } from './recipe-options';
import { defaultOut, openStore } from '../../experiments/store/store';
import { studyProgress } from './progress';
import { printJson } from './json-output';

interface RunOptions extends RecipeOptions {
  data: DatasetName;
  loss?: LossName;
  defense?: string;
  model?: NamedOption;
  split?: NamedOption;
  augmentation?: NamedOption;
  attack?: NamedOption[];
  alpha?: number;
  beta?: number;
  set?: Record<string, string | number>;
  seed: number;
  hidden?: number[];
  shadows: number;
  threads: number;
  out: string;
  json?: boolean;
}

/** `ccl run`: a program of one's own, or one method, one seed: target and shadow trained with just these settings, then every attack. */
export function runCommand(): Command {
  const command = new Command('run')
    .description(
      'train one target and its shadow model, attack the target, print the numbers; or run a program of your own',
    )
    .argument('[program]', 'a file in TypeScript that imports ccl-lab, with top-level await: mine/my-loss.ts')
    .option('--data <name>', `data set: ${datasetNames.join(', ')}`, 'location30')
    .option(
      '--loss <name>',
      `loss: ce, the paper's ccel and ccql, focal, label-smoothing, or one of ${lossNames.length - 5} others: \`ccl losses\` (default: ce)`,
    )
    .option('--defense <name>', 'a defense instead of a loss; `ccl defenses` lists them')
    .option(
      '--alpha <number>',
      'share of the convex part in [0, 1] (default: 0.5, the example of the official README)',
      number,
    )
    .option(
      '--set <option=value>',
      'any option of the loss or defense, e.g. gamma=2; may be repeated',
      lossOption,
    )
    .option(
      '--beta <number>',
      'factor on the whole loss (default: 1; with SGD it equals lr x beta, weight decay / beta)',
      number,
    )
    .option('--seed <n>', 'seed of split, start weights and batch order', number, 1);
  const named = 'with options as NAME:option=value,option=value';
  return withRecipeOptions(command)
    .option(
      '--model <name>',
      `network, ${named} (mlp for tables, cnn for pictures; \`ccl models\`)`,
      namedOption,
    )
    .option(
      '--split <name>',
      `${splitNames.filter((name) => name !== 'halves').join(', ')} (quarters)`,
      namedOption,
    )
    .option('--augmentation <name>', `of pictures: ${augmentationNames.join(', ')} (none)`, namedOption)
    .option('--attack <name>', `an attack, ${named}; may be repeated (those with one query)`, namedOptions)
    .option('--hidden <list>', 'widths of the hidden layers (1024,512,256,128: the official MLP)', numbers)
    .option('--shadows <n>', 'shadow models, trained as the target is', wholeNumber, 1)
    .option('--threads <n>', 'threads for each model; another number gives other last bits', wholeNumber, 1)
    .option('--out <folder>', 'where runs are kept', defaultOut)
    .option('--json', 'print the numbers as JSON, and no progress')
    .addHelpText(
      'after',
      '\nExamples:\n  npx ccl run mine/my-loss.ts\n  npx ccl run --data location30 --loss ccel --alpha 0.5 --seed 1 --json\n  npx ccl run --loss ce --lr 0.005 --weight-decay 0.01\n  npx ccl run --loss convex-concave --set convex=focal --set convex.gamma=1 --set concave=cql --alpha 0.5\n  npx ccl run --defense relaxloss --attack loss --attack lira:online=false --shadows 4\n  npx ccl run --data cifar10 --model resnet34 --augmentation crop-flip --recipe cifar',
    )
    .action(run);
}

async function run(program: string | undefined, options: RunOptions): Promise<void> {
  if (program !== undefined) return runProgram(program);
  const chosen = study(studyInput(options) as never);
  const progress = studyProgress({ quiet: options.json === true });
  const command = ['npx', 'ccl', ...process.argv.slice(2)].join(' ');
  const result = await interruptible((signal) =>
    runStudy(chosen, {
      store: openStore(options.out),
      command,
      signal,
      onPlan: progress.onPlan,
      events: progress.events,
    }),
  ).finally(progress.stop);
  const only = result.defenses[0].runs[0];
  if (options.json === true) printJson(runJson(result, only, chosen));
  else process.stdout.write(runTable(result, only));
}

/** The study with one method and one seed that these options mean; options that were not given are left out. */
function studyInput(options: RunOptions): Record<string, unknown> {
  const given = (values: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const { loss, defense, alpha, beta, data, seed, shadows, threads, recipe, hidden } = options;
  const name = defense === undefined ? { loss: loss ?? 'ce' } : { loss, defense };
  const method = given({ ...options.set, ...name, alpha, beta }) as unknown as MethodSpec;
  const { model, split, augmentation, attack: attacks } = options;
  const settings = { ...recipeSettings(options), ...given({ hidden, model, split, augmentation, attacks }) };
  return { name: 'run', data, methods: [method], seeds: [seed], shadows, threads, recipe, ...settings };
}

function runJson(
  result: StudyResult,
  run: RunResult,
  { defenses, recipe, hidden, model, split, augmentation }: Study,
): Record<string, unknown> {
  const isMlp = result.model.name === 'mlp';
  const { name, options } = defenses[0].defense;
  return {
    schema: 'ccl-lab/run/2',
    command: result.command,
    data: result.data,
    defense: { name, options },
    block: run.block,
    model: {
      name: result.model.name,
      ...model?.options,
      ...(isMlp && { hidden: hidden ?? paperHidden }),
    },
    network: result.model.label,
    split,
    augmentation,
    recipe,
    seed: run.seed,
    backend: result.backend,
    blocks: result.blocks,
    trainAccuracy: run.trainAccuracy,
    testAccuracy: run.testAccuracy,
    memberLoss: run.memberLoss,
    nonMemberLoss: run.nonMemberLoss,
    p1: run.p1,
    attacks: run.attacks,
    path: run.path,
    made: result.made,
  };
}
