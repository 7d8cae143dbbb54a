import { z } from 'zod';
import { attackNames, type AttackName } from '../attacks/registry';
import { datasetNames, type DatasetName } from '../data/registry';
import { badInput } from '../errors';
import type { LossOptionValues } from '../losses/loss';
import { lossFromData, lossNames, type LossName } from '../losses/registry';
import { paperHidden } from '../models/mlp';
import { nearestName, parseOptions, unknownName } from '../options';
import { recipe, recipeSchema, recipes, type Recipe, type RecipeName } from '../training/recipe';

/** A loss with its options, as a study names it: `{ loss: 'ccel', alpha: 0.5 }`, `{ loss: 'convex-concave', convex: 'focal', 'convex.gamma': 1 }`. */
export interface MethodSpec {
  readonly loss: LossName;
  readonly [option: string]: string | number;
}

/** What a person writes; whatever is left out has the default given here. Settings of the recipe stand beside. */
export interface StudyInput extends Partial<Recipe> {
  readonly name: string;
  /** Default location30. */
  readonly data?: DatasetName;
  /** Default mlp, the paper's network for tabular data. */
  readonly model?: 'mlp';
  /** Widths of the hidden layers; default 1024, 512, 256, 128. */
  readonly hidden?: readonly number[];
  /** The first one is the baseline of all comparisons. */
  readonly methods: readonly MethodSpec[];
  /** Default 1, 2, 3. */
  readonly seeds?: readonly number[];
  /** Shadow models for each target, trained as the target is; default 1. */
  readonly shadows?: number;
  /** Default all. */
  readonly attacks?: readonly AttackName[];
  /** Threads for each model; default 1. Results differ in their last bits between thread counts. */
  readonly threads?: number;
  /** The named recipe that the settings start from; default study. */
  readonly recipe?: RecipeName;
}

/** A method of a checked study. */
export interface Method {
  /** Unique in the study, e.g. `ccel alpha=0.5`. */
  readonly key: string;
  readonly label: string;
  readonly loss: { readonly name: LossName; readonly options: LossOptionValues };
}

/** A study with every default filled in. */
export interface Study {
  readonly name: string;
  readonly data: DatasetName;
  readonly hidden: readonly number[];
  readonly methods: readonly Method[];
  readonly seeds: readonly number[];
  readonly shadows: number;
  readonly attacks: readonly AttackName[];
  readonly threads: number;
  readonly recipe: Recipe;
}

const wholeNumber = (what: string, least: number) =>
  z
    .number()
    .int(`Every ${what} must be a whole number`)
    .min(least, `Every ${what} must be at least ${least}`);
const oneOf = (names: readonly string[]) =>
  z.string().superRefine((name, context) => {
    if (names.includes(name)) return;
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    context.addIssue({ code: 'custom', message: `Must be one of ${names.join(', ')}${hint}` });
  });

const studySchema = z
  .object({
    name: z.string().min(1, 'Must not be empty'),
    data: oneOf(datasetNames).default('location30'),
    model: oneOf(['mlp']).default('mlp'),
    hidden: z.array(wholeNumber('width', 1)).default([...paperHidden]),
    methods: z
      .array(z.object({ loss: oneOf(lossNames) }).passthrough())
      .min(1, 'Must name at least one method'),
    seeds: z.array(wholeNumber('seed', 0)).min(1, 'Must name at least one seed').default([1, 2, 3]),
    shadows: wholeNumber('number of shadows', 1).default(1),
    attacks: z.array(oneOf(attackNames)).min(1, 'Must name at least one attack').default(attackNames),
    threads: wholeNumber('number of threads', 1).default(1),
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
 */
export function study(input: StudyInput): Study {
  const parsed = parseOptions('study', studySchema, input) as unknown as Required<StudyInput>;
  const changes = Object.fromEntries(
    Object.entries(parsed).filter(([key, value]) => key in recipeSchema.shape && value !== undefined),
  );
  const methods = parsed.methods.map(method);
  mustBeUnique(
    'method',
    methods.map(({ key }) => key),
  );
  mustBeUnique('seed', parsed.seeds.map(String));
  return {
    name: parsed.name,
    data: parsed.data,
    hidden: parsed.hidden,
    methods,
    seeds: parsed.seeds,
    shadows: parsed.shadows,
    attacks: parsed.attacks,
    threads: parsed.threads,
    recipe: recipe(parsed.recipe, changes as Partial<Recipe>),
  };
}

function method({ loss: name, ...options }: MethodSpec): Method {
  if (!lossNames.includes(name)) throw unknownName('loss', String(name), lossNames);
  const { label, options: filled } = lossFromData(name, options);
  const shown = Object.entries(filled).filter(([option, value]) => !(option === 'beta' && value === 1));
  const key = [name, ...shown.map(([option, value]) => `${option}=${value}`)].join(' ');
  return { key, label, loss: { name, options: filled } };
}

function mustBeUnique(what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw badInput(`a ${what}`, twice, 'must stand in a study only once', 'Remove the second one');
}
