import { z } from 'zod';
import { type AttackName, attackNames, standardAttacks } from '../attacks/registry';
import { augmentationFromData, type AugmentationName, augmentationNames } from '../data/augmentation';
import { canaryKinds } from '../data/canaries';
import { type StudyData, studyDataFrom } from '../data/data-file';
import { splitFromData, type SplitName, splitNames } from '../data/split';
import type { Defense } from '../training/defense';
import { defenseFromData, type DefenseName, defenseNames } from '../defenses/registry';
import { badInput, UserError } from '../errors';
import { type ModelName, modelNames } from '../models/registry';
import { nearestName, parseOptions, unknownName } from '../options';
import {
  changedRecipe,
  recipe,
  type Recipe,
  type RecipeChanges,
  type RecipeName,
  recipes,
  recipeSchema,
} from '../training/recipe';
import type { BlockSpec, CanariesSpec } from './block';
import { checkedAttack, type StudyAttack } from './study-attacks';

/** A name, or a name with options beside it. */
export type Named<Name extends string> = Name | ({ readonly name: Name } & Readonly<Record<string, unknown>>);

/** What a person writes; whatever is left out has the default given here. Settings of the recipe stand beside. */
export interface StudyInput extends RecipeChanges {
  readonly name: string;
  /** A data set of the registry, default location30; or a file: `{ csv: 'mine.csv', label: 'class' }`. */
  readonly data?: StudyData;
  /** Default quarters; a study with an ensemble has halves. */
  readonly split?: Named<Exclude<SplitName, 'halves'>>;
  /** Default mlp, the paper's network for tabular data, or cnn for pictures. Features and classes come from the data. */
  readonly model?: Named<ModelName>;
  /** Widths of an MLP's hidden layers; default 1024, 512, 256, 128. */
  readonly hidden?: readonly number[];
  /** Of pictures; default none. */
  readonly augmentation?: Named<AugmentationName>;
  /** The defenses that are compared, losses among them; the first one is the baseline of all comparisons. */
  readonly methods: readonly MethodSpec[];
  /** Default 1, 2, 3. */
  readonly seeds?: readonly number[];
  /** Shadow models for each target, trained as the target is; default 1. */
  readonly shadows?: number;
  /**
   * Instead of target and shadows: so many models, each record a member of exactly half of them, each model a target in
   * turn with the others around it.
   */
  readonly ensemble?: number;
  /** Canaries of each kind, in an ensemble: { "mislabelled": 100 }. */
  readonly canaries?: CanariesSpec['counts'];
  /** Default all that need one shadow model. */
  readonly attacks?: readonly Named<AttackName>[];
  /** `adaptive` (default): shadow models are trained as the target is. `non-adaptive`: with the study's first method. */
  readonly adversary?: Adversary;
  /** Threads for each model; default 1. Results differ in their last bits between thread counts. */
  readonly threads?: number;
  /** Models that are trained at once where that is possible; default 16. */
  readonly chunk?: number;
  /** The named recipe that the settings start from; default study. */
  readonly recipe?: RecipeName;
}

export type Adversary = 'adaptive' | 'non-adaptive';

/** A study with every default filled in. */
export interface Study {
  readonly name: string;
  readonly data: StudyData;
  readonly split: BlockSpec['split'];
  /** Null where the data decide: mlp for tables, cnn for pictures. */
  readonly model: { readonly name: ModelName; readonly options: Readonly<Record<string, unknown>> } | null;
  readonly hidden: readonly number[] | null;
  readonly augmentation: BlockSpec['augmentation'];
  readonly defenses: readonly StudyDefense[];
  readonly seeds: readonly number[];
  /** 0 in an ensemble. */
  readonly shadows: number;
  /** Number of models of an ensemble, or null. */
  readonly ensemble: number | null;
  readonly canaries: CanariesSpec['counts'] | null;
  readonly attacks: readonly StudyAttack[];
  readonly adversary: Adversary;
  readonly threads: number;
  readonly chunk: number;
  readonly recipe: Recipe;
}

/** Of one run; a plan of millions of models would only fill the memory. */
const mostModels = 100_000;
const wholeNumber = (what: string, least: number, most = 1e9) =>
  z
    .number()
    .int(`Every ${what} must be a whole number`)
    .min(least, `Every ${what} must be at least ${least}`)
    .max(most, `Every ${what} must be at most ${most}`);
const oneOf = (names: readonly string[]) =>
  z.string().superRefine((name, context) => {
    if (names.includes(name)) return;
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    context.addIssue({ code: 'custom', message: `Must be one of ${names.join(', ')}${hint}` });
  });
/** A name, or an object with it and options; becomes the name and its options. */
const named = (names: readonly string[]) =>
  z.unknown().transform((value, context): { name: string; options: Record<string, unknown> } => {
    const given = typeof value === 'string' ? { name: value } : value;
    if (typeof given !== 'object' || given === null || !('name' in given)) {
      context.addIssue({ code: 'custom', message: 'Must be a name, or an object with a name and options' });
      return z.NEVER;
    }
    const { name, ...options } = given as { name: string };
    const checked = oneOf(names).safeParse(name);
    if (!checked.success) {
      context.addIssue({ code: 'custom', message: checked.error.issues[0].message });
      return z.NEVER;
    }
    return { name, options };
  });

const canariesSchema = z
  .object(Object.fromEntries(canaryKinds.map((kind) => [kind, wholeNumber('count', 0).optional()])))
  .strict();

/** The fields of a study; those of its recipe stand beside them. */
export const studySchema = z
  .object({
    name: z.string().min(1, 'Must not be empty'),
    data: z.unknown().default('location30'),
    split: named(splitNames.filter((name) => name !== 'halves')).default('quarters'),
    model: named(modelNames).optional(),
    hidden: z.array(wholeNumber('width', 1)).optional(),
    augmentation: named(augmentationNames).default('none'),
    methods: z.array(z.object({}).passthrough()).min(1, 'Must name at least one method'),
    seeds: z
      .array(wholeNumber('seed', 0, 2 ** 32 - 1))
      .min(1, 'Must name at least one seed')
      .default([1, 2, 3]),
    shadows: wholeNumber('number of shadows', 1, mostModels).optional(),
    ensemble: wholeNumber('number of models', 2, mostModels).optional(),
    canaries: z.unknown(),
    attacks: z
      .array(named(attackNames))
      .min(1, 'Must name at least one attack')
      .default([...standardAttacks]),
    adversary: oneOf(['adaptive', 'non-adaptive']).default('adaptive'),
    threads: wholeNumber('number of threads', 1).default(1),
    chunk: wholeNumber('chunk', 1).default(16),
    recipe: oneOf(Object.keys(recipes)).default('study'),
    ...Object.fromEntries(
      Object.entries(recipeSchema.shape).map(([key, schema]) => [key, schema.removeDefault().optional()]),
    ),
  })
  .strict();

/**
 * Checks a study and fills in its defaults.
 *
 * @throws UserError that names the first wrong setting, with its rule and remedy
 *
 * @example
 * ```ts
 * import { study } from 'ccl-lab';
 *
 * const mine = study({ name: 'mine', methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }], seeds: [1, 2] });
 * console.log(mine.seeds.length); // prints 2
 * ```
 */
export function study(input: StudyInput): Study {
  const parsed = parseOptions('study', studySchema, input);
  const settings = Object.fromEntries(
    Object.entries(parsed).filter(([key, value]) => key in recipeSchema.shape && value !== undefined),
  );
  const base = recipe(parsed.recipe as RecipeName, settings);
  const defenses = parsed.methods.flatMap((spec) => defensesOf(spec as MethodSpec, base));
  mustBeUnique(
    'method',
    defenses.map(({ key }) => key),
  );
  mustBeUnique('seed', parsed.seeds.map(String));
  checkEnsemble(parsed);
  const { augmentation, ensemble } = parsed;
  const attacks = parsed.attacks.map(({ name, options }) =>
    checkedAttack(name as AttackName, options, ensemble === undefined ? 'shadows' : 'ensemble'),
  );
  mustBeUnique(
    'attack',
    attacks.map(({ key }) => key),
  );
  return {
    name: parsed.name,
    data: studyDataFrom(parsed.data),
    split: checkedSplit(parsed.split, ensemble),
    model: (parsed.model as Study['model'] | undefined) ?? null,
    hidden: parsed.hidden ?? null,
    augmentation: checkedAugmentation(augmentation),
    defenses,
    seeds: parsed.seeds,
    shadows: ensemble === undefined ? (parsed.shadows ?? 1) : 0,
    ensemble: ensemble ?? null,
    canaries: checkedCanaries(parsed.canaries),
    attacks,
    adversary: parsed.adversary as Adversary,
    threads: parsed.threads,
    chunk: parsed.chunk,
    recipe: base,
  };
}

function checkedSplit(
  { name, options }: { name: string; options: Record<string, unknown> },
  ensemble: number | undefined,
): Study['split'] {
  const chosen =
    ensemble === undefined
      ? splitFromData(name, options)
      : splitFromData('halves', { ...options, models: ensemble });
  return { name: chosen.name, options: chosen.options };
}

function checkedAugmentation({ name, options }: Study['augmentation']): Study['augmentation'] {
  const checked = augmentationFromData(name, options);
  return { name, options: name === 'none' ? {} : checked.options };
}

function checkedCanaries(counts: unknown): Study['canaries'] {
  if (counts === undefined) return null;
  const checked = parseOptions('canaries of the study', canariesSchema, counts);
  if (Object.values(checked).some((count) => (count ?? 0) > 0)) return checked;
  throw badInput(
    'canaries',
    counts,
    'must name at least one',
    'Give e.g. { "mislabelled": 100 }, or leave it out',
  );
}

function checkEnsemble({
  ensemble,
  shadows,
  canaries,
  split,
  adversary,
}: z.output<typeof studySchema>): void {
  if (ensemble !== undefined && shadows !== undefined) {
    throw new UserError(
      'A study has either shadows or an ensemble, but this one has both. Remove one of them.',
    );
  }
  if (ensemble !== undefined && split.name !== 'quarters') {
    throw badInput('split', split.name, 'goes with shadows; an ensemble has half masks', 'Leave it out');
  }
  if (ensemble !== undefined && adversary !== 'adaptive') {
    throw badInput(
      'adversary',
      adversary,
      'goes with shadows; the models of an ensemble attack each other, and all have the same method',
      'Leave it out',
    );
  }
  if (canaries !== undefined && ensemble === undefined) {
    throw new UserError(
      'Canaries need an ensemble, in which each stands in half of the models. Add "ensemble": 64.',
    );
  }
}

function mustBeUnique(what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw badInput(
      `${what === 'attack' ? 'an' : 'a'} ${what}`,
      twice,
      'must stand in a study only once',
      'Remove the second one',
    );
}

/** A value of an option, or several of them: then the entry stands for one defense each. */
export type OptionValue = string | number | boolean | null | { readonly [key: string]: OptionValue };

/**
 * An entry in the `methods` of a study file: a loss or defense with its options, e.g. `{ loss: 'ccel', alpha: 0.5 }`, `{ defense: 'dropout', rate:
 * 0.3 }`, `{ loss: 'convex-concave', convex: 'focal', 'convex.gamma': 1 }`. An option with a list of values is a grid:
 * `{ loss: 'ccel', alpha: [0.3, 0.5, 0.7] }` is three defenses.
 */
export interface MethodSpec {
  /** Every loss is a defense, so `loss` and `defense` mean the same; one of them is given. */
  readonly loss?: DefenseName;
  readonly defense?: DefenseName;
  /** Settings of the recipe for this defense only, e.g. the control of beta: { learningRate: 0.005, weightDecay: 0.01 }. */
  readonly recipe?: RecipeChanges;
  readonly [option: string]: OptionValue | readonly OptionValue[] | RecipeChanges | undefined;
}

/** A defense of a checked study, with its changes of the recipe. */
export interface StudyDefense {
  /** Unique in the study, e.g. `ccel alpha=0.5`: to find it by. What it says stands in `defense` and `recipe`, as data. */
  readonly key: string;
  readonly label: string;
  readonly defense: Defense;
  /** Its changes of the study's recipe, as they were given. */
  readonly recipe: RecipeChanges;
  /** What it trains with. */
  readonly fullRecipe: Recipe;
}

/**
 * The defenses that an entry of a study stands for: one for each combination of the listed values, the last option
 * running fastest.
 *
 * @param base recipe of the study
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function defensesOf(spec: MethodSpec, base: Recipe): StudyDefense[] {
  const { loss, defense, recipe = {}, ...options } = spec;
  if ((loss === undefined) === (defense === undefined)) {
    throw new UserError(
      `A method must have either "loss" or "defense", but ${JSON.stringify(spec)} has ${loss === undefined ? 'neither' : 'both'}. Name one.`,
    );
  }
  const name = (loss ?? defense)!;
  if (!defenseNames.includes(name))
    throw unknownName(loss === undefined ? 'defense' : 'loss', String(name), defenseNames);
  const fullRecipe = mergedRecipe(base, recipe);
  const settings = shownOptions(recipe);
  return gridOf(options).map((point) => {
    const made = defenseFromData(name, point);
    const label = settings.length === 0 ? made.label : `${made.label} [${settings.join(', ')}]`;
    const key = [name, ...shownOptions(made.options), ...settings].join(' ');
    return { key, label, defense: made, recipe, fullRecipe };
  });
}

function mergedRecipe(base: Recipe, changes: unknown): Recipe {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
    const rule = 'must be settings of the training, e.g. { "learningRate": 0.05 }';
    throw badInput('the recipe of a method', changes, rule, 'Correct it or leave it out');
  }
  return changedRecipe(base, changes);
}

function shownOptions(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options)
    .filter(([option, value]) => !(option === 'beta' && value === 1) && !isEmpty(value))
    .map(
      ([option, value]) => `${option}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && JSON.stringify(value) === '{"loss":"ce"}';
}

function gridOf(options: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  return Object.entries(options).reduce<Record<string, unknown>[]>(
    (points, [option, value]) => {
      const values = Array.isArray(value) ? value : [value];
      if (values.length === 0) {
        throw badInput(
          `the values of ${option}`,
          value,
          'must name at least one',
          'Give one, or leave it out',
        );
      }
      return points.flatMap((point) => values.map((each: unknown) => ({ ...point, [option]: each })));
    },
    [{}],
  );
}
