import { z } from 'zod';
import type { Attack } from '../attacks/attack';
import { type AttackName, attackNames, standardAttacks } from '../attacks/registry';
import { augmentationFromData, type AugmentationName, augmentationNames } from '../data/augmentation';
import { canaryKinds } from '../data/canaries';
import { type StudyData, studyDataFrom } from '../data/data-file';
import { splitFromData, type SplitName, splitNames } from '../data/split';
import type { Defense } from '../training/defense';
import { badInput, UserError, visibleText } from '../errors';
import type { Loss } from '../losses/loss';
import { type ModelName, modelNames } from '../models/registry';
import { nearestName, parseOptions } from '../options';
import {
  recipe,
  type Recipe,
  type RecipeChanges,
  type RecipeName,
  recipes,
  recipeSchema,
} from '../training/recipe';
import type { BlockSpec, CanariesSpec } from './block';
import { checkedAttack, isAttack, type StudyAttack } from './study-attacks';
import { defensesOf, type MethodSpec, type StudyDefense } from './study-defenses';

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
  /**
   * The defenses that are compared, losses among them; the first one is the baseline of all comparisons. Own losses and
   * defenses stand here as objects.
   */
  readonly methods: readonly (MethodSpec | Loss | Defense)[];
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
  readonly attacks?: readonly (Named<AttackName> | Attack)[];
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const canariesSchema = z
  .object(Object.fromEntries(canaryKinds.map((kind) => [kind, wholeNumber('count', 0).optional()])))
  .strict();

/** The fields of a study; those of its recipe stand beside them. */
export const studySchema = z
  .object({
    // It stands in names of files and in what a terminal shows.
    name: z
      .string()
      .min(1, 'Must not be empty')
      .max(100, 'Must have at most 100 characters')
      .refine(
        (name) => visibleText(name) === name && !/[\t\n]/.test(name),
        'Must not hold control characters',
      ),
    data: z.unknown().default('location30'),
    split: named(splitNames.filter((name) => name !== 'halves')).default('quarters'),
    model: named(modelNames).optional(),
    hidden: z.array(wholeNumber('width', 1)).optional(),
    augmentation: named(augmentationNames).default('none'),
    methods: z.array(z.custom<object>(isObject, 'Must be an object')).min(1, 'Must name at least one method'),
    seeds: z
      .array(wholeNumber('seed', 0, 2 ** 32 - 1))
      .min(1, 'Must name at least one seed')
      .default([1, 2, 3]),
    shadows: wholeNumber('number of shadows', 1, mostModels).optional(),
    ensemble: wholeNumber('number of models', 2, mostModels).optional(),
    canaries: z.unknown(),
    attacks: z
      .array(z.custom<Attack>((value) => isObject(value) && isAttack(value)).or(named(attackNames)))
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
  const defenses = parsed.methods.flatMap((spec) => defensesOf(spec as StudyInput['methods'][number], base));
  mustBeUnique(
    'method',
    defenses.map(({ key }) => key),
  );
  mustBeUnique('seed', parsed.seeds.map(String));
  checkEnsemble(parsed);
  const { augmentation, ensemble } = parsed;
  const attacks = parsed.attacks.map((given) =>
    checkedAttack(
      given as Parameters<typeof checkedAttack>[0],
      ensemble === undefined ? 'shadows' : 'ensemble',
    ),
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
