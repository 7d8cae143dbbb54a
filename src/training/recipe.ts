import { z } from 'zod';
import { badInput } from '../errors';
import { parseOptions, unknownName } from '../options';

/** A course of the learning rate over the epochs, as PyTorch's schedulers of these names make it. */
export interface Schedule {
  /** `multi-step`: x decay at each milestone; `step`: x decay every `stepSize` epochs; `cosine`: to 0 by half a cosine. */
  readonly schedule: 'multi-step' | 'step' | 'cosine' | 'constant';
  /** Epochs after which a multi-step schedule multiplies the learning rate by `decay`. */
  readonly milestones: readonly number[];
  /** Epochs from one decay to the next of a step schedule. */
  readonly stepSize: number;
  readonly decay: number;
}

export const scheduleKinds = ['multi-step', 'step', 'cosine', 'constant'] as const;

/** The schedules that have a name in the official code (source/utils, get_scheduler), for the epochs that they are meant for. */
export const namedSchedules = {
  /** 300 epochs, CIFAR. */
  multi_step: { schedule: 'multi-step', milestones: [150, 225], decay: 0.1 },
  /** 150 epochs, TinyImageNet. */
  multi_step150: { schedule: 'multi-step', milestones: [50, 100], decay: 0.1 },
  /** 100 to 120 epochs, tables. */
  multi_step2: { schedule: 'multi-step', milestones: [40, 80], decay: 0.1 },
  /** 90 epochs. */
  imagenet: { schedule: 'multi-step', milestones: [30, 60], decay: 0.1 },
  /** 200 epochs, wide residual networks. */
  wrn: { schedule: 'multi-step', milestones: [60, 120, 160], decay: 0.2 },
  step30: { schedule: 'step', stepSize: 30, decay: 0.1 },
} as const satisfies Readonly<Record<string, Partial<Schedule>>>;

export type NamedSchedule = keyof typeof namedSchedules;

/** Learning rate of an epoch, counted from 0; the first one's is `learningRate`. */
export function scheduledRate(
  { schedule, milestones, stepSize, decay }: Schedule,
  learningRate: number,
  epoch: number,
  epochs: number,
): number {
  switch (schedule) {
    case 'multi-step':
      return learningRate * decay ** milestones.filter((milestone) => epoch >= milestone).length;
    case 'step':
      return learningRate * decay ** Math.floor(epoch / stepSize);
    case 'cosine':
      return (learningRate / 2) * (1 + Math.cos((Math.PI * epoch) / epochs));
    case 'constant':
      return learningRate;
  }
}

const positiveInteger = (what: string) =>
  z
    .number()
    .int(`${what} must be a whole number`)
    .positive('Must be at least 1')
    .max(1e9, 'Must be at most 1,000,000,000');
const finite = z.number().finite('Must be a finite number');
const share = finite.min(0, 'Must be in [0, 1)').lt(1, 'Must be in [0, 1)');
const scheduleNames = [...scheduleKinds, ...(Object.keys(namedSchedules) as NamedSchedule[])] as const;

/** Checks a recipe; its defaults are the recipe `study`. */
export const recipeSchema = z
  .object({
    epochs: positiveInteger('epochs').default(40),
    batchSize: positiveInteger('batch size').default(128),
    optimizer: z.enum(['sgd', 'adam']).default('sgd'),
    learningRate: finite.positive('Must be positive').default(0.1),
    schedule: z.enum(scheduleNames).default('multi-step'),
    milestones: z
      .array(z.number().int('Must be whole epochs').positive('Must be at least 1'))
      .default([20, 32]),
    stepSize: positiveInteger('step size').default(30),
    decay: finite.positive('Must be positive').default(0.1),
    momentum: share.default(0.9),
    nesterov: z.boolean().default(false),
    beta2: share.default(0.999),
    weightDecay: finite.min(0, 'Must not be negative').default(5e-4),
    gradientClip: finite.positive('Must be positive').nullable().default(null),
    ema: share.nullable().default(null),
    patience: positiveInteger('patience').nullable().default(null),
    stopAfter: positiveInteger('stopAfter').nullable().default(null),
    evaluateEvery: positiveInteger('evaluateEvery').default(2),
  })
  .strict();

/** How a model is trained, whatever its loss: the same for every defense of a study. */
export interface Recipe extends Schedule {
  readonly epochs: number;
  /** Records a step; the last batch of an epoch has what is left. */
  readonly batchSize: number;
  readonly optimizer: 'sgd' | 'adam';
  /** Learning rate of the first epoch. */
  readonly learningRate: number;
  /** Momentum of SGD; Adam's beta1. */
  readonly momentum: number;
  /** SGD with Nesterov's momentum, as PyTorch's. */
  readonly nesterov: boolean;
  /** Adam's decay of the mean squared gradient. */
  readonly beta2: number;
  /** Coupled L2 penalty: weightDecay x weight is added to each gradient, biases included, as PyTorch's SGD and Adam do. */
  readonly weightDecay: number;
  /** Largest length of the whole gradient, as PyTorch's clip_grad_norm_; null = no clipping. */
  readonly gradientClip: number | null;
  /** Decay a step of an exponential moving average of the weights, which is then evaluated and released; null = none. */
  readonly ema: number | null;
  /**
   * Early stop: end after so many evaluations without a lower mean cross-entropy on the inference set, and release the
   * weights of the best one; null = no early stop.
   */
  readonly patience: number | null;
  /** End after this epoch of the schedule, which is otherwise as without; null = train all epochs. */
  readonly stopAfter: number | null;
  /** Evaluate after each such number of epochs, and after the last one. */
  readonly evaluateEvery: number;
}

/** Settings as a person gives them: any of the recipe's, with the name of a schedule if wanted. */
export type RecipeChanges = Partial<Omit<Recipe, 'schedule'>> & {
  readonly schedule?: Schedule['schedule'] | NamedSchedule;
};

/** Adam's eps, PyTorch's default. */
export const adamEpsilon = 1e-8;

/** The settings that a person gave, with those of a schedule that has a name; they replace its own. */
function withSchedule({ schedule, ...rest }: RecipeChanges): Partial<Recipe> {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (schedule === undefined) return given;
  if (!isNamed(schedule)) return { ...given, schedule };
  const named = namedSchedules[schedule];
  return { ...named, ...given, schedule: named.schedule };
}

const isNamed = (schedule: string): schedule is NamedSchedule => Object.hasOwn(namedSchedules, schedule);
const parsed = (changes: RecipeChanges): Recipe => recipeSchema.parse(withSchedule(changes)) as Recipe;

/**
 * The recipes that have a name. `study`: 40 epochs, enough for cross-entropy to fit Location30 fully; sizes and
 * optimizer from the official code. `official`: the 100-epoch run on Location30 with the official code's settings.
 * `cifar`, `imagenet`, `tiny-imagenet`: the run scripts of the authors' development code. `relaxloss`: RelaxLoss on tables.
 */
export const recipes = {
  study: parsed({}),
  official: parsed({ epochs: 100, schedule: 'multi_step2' }),
  cifar: parsed({ epochs: 300, schedule: 'multi_step' }),
  imagenet: parsed({ epochs: 90, schedule: 'imagenet' }),
  'tiny-imagenet': parsed({ epochs: 150, schedule: 'multi_step150' }),
  relaxloss: parsed({ epochs: 120, milestones: [50, 100], weightDecay: 1e-4 }),
} as const;

export type RecipeName = keyof typeof recipes;

/**
 * A named recipe with single settings replaced. Settings beside the name of a schedule replace its own.
 *
 * @throws UserError that names the setting that is out of range
 *
 * @example
 * ```ts
 * import { recipe } from 'ccl-lab';
 *
 * console.log(recipe('study', { epochs: 5 }).epochs); // prints 5
 * ```
 */
export function recipe(name: RecipeName = 'study', changes: RecipeChanges = {}): Recipe {
  if (!Object.hasOwn(recipes, name)) throw unknownName('recipe', String(name), Object.keys(recipes));
  return changedRecipe(recipes[name], changes);
}

/**
 * A recipe with single settings replaced, as `recipe` does it: a schedule that has a name brings its own milestones and
 * decay, except where the changes give them.
 *
 * @throws UserError that names the setting that is out of range
 */
export function changedRecipe(base: Recipe, changes: RecipeChanges): Recipe {
  return checkRecipe({ ...base, ...withSchedule(changes) });
}

/**
 * The recipe itself, if each setting is in its range and they fit together.
 *
 * @throws UserError that names the setting
 */
export function checkRecipe(recipe: Recipe): Recipe {
  const checked = parseOptions('training', recipeSchema, recipe);
  const { epochs, stopAfter, schedule } = checked;
  if (stopAfter !== null && stopAfter > epochs) {
    const rule = `must be at most ${epochs}, the number of epochs`;
    throw badInput('training: stopAfter', stopAfter, rule, 'Train more epochs, or stop earlier');
  }
  if (isNamed(schedule)) {
    const rule = `must be one of ${scheduleKinds.join(', ')} in a finished recipe`;
    throw badInput(
      'training: schedule',
      schedule,
      rule,
      `Make it with recipe('study', { schedule: '${schedule}' })`,
    );
  }
  return checked as Recipe;
}

/** Learning rate of an epoch (counted from 0). */
export function learningRateAt(recipe: Recipe, epoch: number): number {
  return scheduledRate(recipe, recipe.learningRate, epoch, recipe.epochs);
}

/** The last epoch that is trained. */
export function lastEpoch({ epochs, stopAfter }: Recipe): number {
  return Math.min(epochs, stopAfter ?? epochs);
}

/** Whether a model is evaluated after this epoch (counted from 1). */
export function isEvaluated(recipe: Recipe, epoch: number): boolean {
  return epoch % recipe.evaluateEvery === 0 || epoch === lastEpoch(recipe);
}
