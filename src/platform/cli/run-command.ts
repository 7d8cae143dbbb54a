import { Command } from 'commander';
import { datasetNames, type DatasetName } from '../../data/registry';
import { augmentationNames } from '../../data/augmentation';
import { splitNames } from '../../data/split';
import { runStudy } from '../../experiments/run-study';
import { study, type Study } from '../../experiments/study';
import type { MethodSpec } from '../../experiments/study-defenses';
import type { RunResult, StudyResult } from '../../experiments/study-result';
import { lossNames, type LossName } from '../../losses/registry';
import { paperHidden } from '../../models/mlp';
import { interruptible } from './interrupt';
import {
  lossOption,
  namedOption,
  namedOptions,
  type NamedOption,
  number,
  numbers,
  wholeNumber,
} from './option-values';
import { defaultOut, openStore } from '../../experiments/store/store';
import { studyProgress } from './progress';
import { printJson } from './printed';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { UserError } from '../../errors';
import { projectRoot } from '../../paths';
import CliTable from 'cli-table3';
import type { Interval } from '../../metrics/interval';
import { attackNoteWords } from '../../wording';
import {
  namedSchedules,
  type RecipeChanges,
  type RecipeName,
  recipes,
  scheduleKinds,
} from '../../training/recipe';

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

/** What Node.js has beside what it documents. */
interface ModuleInside extends Module {
  filename: string;
  paths: string[];
  _compile(code: string, file: string): void;
}
const inside = Module as unknown as {
  new (id: string): ModuleInside;
  _initPaths(): void;
  _nodeModulePaths(folder: string): string[];
};

/**
 * Runs a person's own program as a cell of a notebook would: TypeScript, top-level await, and 'ccl-lab' wherever the file
 * lies. Types are not checked.
 *
 * @throws UserError if it is not there, and what the program throws
 */
export async function runProgram(file: string): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new UserError(`There is no program ${path}. Check the path; a loss is named by --loss.`);
  }
  const load = createRequire(join(projectRoot, 'package.json'));
  const ts = load('typescript') as typeof import('typescript');
  offerProject();
  (load('./src/run-source.cjs') as { serveSources(): void }).serveSources();
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    fileName: path,
    compilerOptions: {
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
      ...{ esModuleInterop: true, inlineSourceMap: true },
    },
  });
  const program = new inside(path);
  program.filename = path;
  program.paths = inside._nodeModulePaths(dirname(path));
  // CommonJS, so that the program and this command share one library; its await then needs a function around it.
  program._compile(`module.exports = (async () => {\n${outputText}\n})();`, path);
  await (program.exports as Promise<void>);
}

/** Packages that the program's folder does not have are looked for in the project. */
function offerProject(): void {
  const { NODE_PATH: before } = process.env;
  process.env.NODE_PATH = [before, join(projectRoot, 'node_modules')].filter(Boolean).join(delimiter);
  inside._initPaths();
}

/** The numbers of one run for a terminal. */
export function runTable({ defenses, data, settings }: StudyResult, run: RunResult): string {
  const summary = [
    `${defenses[0].label} on ${data.title}${data.synthetic ? ' (synthetic)' : ''}, seed ${run.seed}, ${settings.recipe.epochs} epochs`,
    `train accuracy ${percent(run.trainAccuracy)}, test accuracy ${percent(run.testAccuracy)}`,
    `member CE loss: mean ${short(run.memberLoss.mean)}, variance ${short(run.memberLoss.variance)}, median ${short(run.memberLoss.median)}`,
    `non-member CE loss: mean ${short(run.nonMemberLoss.mean)}, variance ${short(run.nonMemberLoss.variance)}, median ${short(run.nonMemberLoss.median)}`,
  ];
  const table = new CliTable({
    head: ['attack', 'accuracy', 'advantage', 'AUC', 'TPR at 1 % FPR'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { title, accuracy, advantage, auc, tprAtFpr } of run.attacks) {
    table.push([title, ...[accuracy, advantage, auc, tprAtFpr['0.01']].map(withInterval)]);
  }
  const notes = [...new Set(run.attacks.flatMap((attack) => attack.notes.map(attackNoteWords)))];
  const closing = ['Brackets: 95 % intervals over records, for this one model.', ...notes];
  return `${[...summary, table.toString(), ...closing].join('\n')}\n`;
}

function withInterval({ estimate, low, high }: Interval): string {
  return low === null || high === null
    ? `${estimate.toFixed(3)} (no interval)`
    : `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(value: number): string {
  return value.toPrecision(3);
}

/** What a person can say about a recipe on the command line. */
export interface RecipeOptions {
  recipe: RecipeName;
  epochs?: number;
  batch?: number;
  optimizer?: string;
  lr?: number;
  schedule?: string;
  milestones?: number[];
  stepSize?: number;
  decay?: number;
  momentum?: number;
  nesterov?: boolean;
  beta2?: number;
  weightDecay?: number;
  clip?: number;
  ema?: number;
  patience?: number;
  stopAfter?: number;
  evaluateEvery?: number;
}

/** Adds an option for each setting of a recipe. */
export function withRecipeOptions(command: Command): Command {
  const { study: usual } = recipes;
  const schedules = [...scheduleKinds, ...Object.keys(namedSchedules)].join(', ');
  return command
    .option(
      '--recipe <name>',
      'study, or official (100 epochs, lr x0.1 at 40 and 80: the official code on this data); ' +
        `all: ${Object.keys(recipes).join(', ')}`,
      'study',
    )
    .option('--epochs <n>', `epochs (study: ${usual.epochs}, enough for CE to fit Location30 fully)`, number)
    .option('--batch <n>', `batch size (${usual.batchSize}: the authors' run scripts)`, number)
    .option('--optimizer <name>', 'sgd or adam (sgd: the official code)')
    .option(
      '--lr <number>',
      `learning rate of the first epoch (${usual.learningRate}: official README)`,
      number,
    )
    .option('--schedule <name>', `course of the learning rate: ${schedules} (${usual.schedule})`)
    .option(
      '--milestones <list>',
      `epochs after which lr is multiplied by --decay (study: ${usual.milestones.join(',')})`,
      numbers,
    )
    .option('--step-size <n>', `epochs between two decays of the schedule step (${usual.stepSize})`, number)
    .option('--decay <number>', `factor on lr at each milestone or step (${usual.decay})`, number)
    .option('--momentum <number>', `momentum of SGD, beta1 of Adam (${usual.momentum}: official)`, number)
    .option('--nesterov', "SGD with Nesterov's momentum")
    .option('--beta2 <number>', `Adam's decay of the mean squared gradient (${usual.beta2})`, number)
    .option('--weight-decay <number>', `coupled L2 penalty (${usual.weightDecay}: official default)`, number)
    .option('--clip <number>', 'largest length of the whole gradient (none)', number)
    .option('--ema <number>', 'decay of a moving average of the weights, in [0, 1) (none)', number)
    .option(
      '--patience <n>',
      'early stop after so many evaluations without a better inference loss (none)',
      wholeNumber,
    )
    .option('--stop-after <n>', 'end after this epoch of the schedule (all epochs)', wholeNumber)
    .option(
      '--evaluate-every <n>',
      `epochs from one evaluation to the next (${usual.evaluateEvery})`,
      wholeNumber,
    );
}

/** The settings that were given, as a study takes them. */
export function recipeSettings(options: RecipeOptions): RecipeChanges {
  const { batch, lr, clip, ...alike } = options;
  const known = Object.keys(recipes.study);
  const settings = { ...alike, batchSize: batch, learningRate: lr, gradientClip: clip };
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => known.includes(name) && value !== undefined),
  );
}
