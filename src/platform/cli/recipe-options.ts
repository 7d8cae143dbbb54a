import type { Command } from 'commander';
import {
  namedSchedules,
  type RecipeChanges,
  type RecipeName,
  recipes,
  scheduleKinds,
} from '../../training/recipe';
import { number, numbers, wholeNumber } from './numbers';

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
