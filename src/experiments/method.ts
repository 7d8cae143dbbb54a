import { badInput, UserError } from '../errors';
import type { DefenseSpec } from '../defenses/defense';
import { defenseFromData, defenseNames, type DefenseName } from '../defenses/registry';
import { unknownName } from '../options';
import { changedRecipe, type Recipe, type RecipeChanges } from '../training/recipe';

/** A value of an option, or several of them: then the method stands for one method each. */
export type OptionValue = string | number | boolean | null | { readonly [key: string]: OptionValue };

/**
 * A loss or defense with its options, as a study names it: `{ loss: 'ccel', alpha: 0.5 }`, `{ defense: 'dropout', rate:
 * 0.3 }`, `{ loss: 'convex-concave', convex: 'focal', 'convex.gamma': 1 }`. An option with a list of values is a grid:
 * `{ loss: 'ccel', alpha: [0.3, 0.5, 0.7] }` is three methods.
 */
export interface MethodSpec {
  /** Every loss is a defense, so `loss` and `defense` mean the same; one of them is given. */
  readonly loss?: DefenseName;
  readonly defense?: DefenseName;
  /** Settings of the recipe for this method only, e.g. the control of beta: { learningRate: 0.005, weightDecay: 0.01 }. */
  readonly recipe?: RecipeChanges;
  readonly [option: string]: OptionValue | readonly OptionValue[] | RecipeChanges | undefined;
}

/** A method of a checked study. */
export interface Method {
  /** Unique in the study, e.g. `ccel alpha=0.5`. */
  readonly key: string;
  /** Name of the loss or defense: methods of one family differ in their options only. */
  readonly family: string;
  readonly label: string;
  readonly defense: DefenseSpec;
  readonly recipe: Recipe;
}

/**
 * The methods that an entry of a study stands for: one for each combination of the listed values, the last option
 * running fastest.
 *
 * @param base recipe of the study
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function methodsOf(spec: MethodSpec, base: Recipe): Method[] {
  const { loss, defense, recipe: changes, ...options } = spec;
  if ((loss === undefined) === (defense === undefined)) {
    throw new UserError(
      `A method must have either "loss" or "defense", but ${JSON.stringify(spec)} has ${loss === undefined ? 'neither' : 'both'}. Name one.`,
    );
  }
  const name = (loss ?? defense)!;
  if (!defenseNames.includes(name))
    throw unknownName(loss === undefined ? 'defense' : 'loss', String(name), defenseNames);
  const recipe = changes === undefined ? base : mergedRecipe(base, changes);
  return gridOf(options).map((point) => {
    const { label, options: filled } = defenseFromData(name, point);
    const key = [name, ...shownOptions(filled), ...shownOptions(changes ?? {})].join(' ');
    const settings = shownOptions(changes ?? {}).join(', ');
    return {
      key,
      family: name,
      label: settings === '' ? label : `${label} [${settings}]`,
      defense: { name, options: filled },
      recipe,
    };
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
