import { lossDefense } from '../training/batch-loss';
import { defenseFromData, type DefenseName, defenseNames } from '../defenses/registry';
import { badInput, UserError } from '../errors';
import type { Loss } from '../losses/loss';
import { unknownName } from '../options';
import type { Defense } from '../training/defense';
import { changedRecipe, type Recipe, type RecipeChanges } from '../training/recipe';

/** A value of an option, or several of them: then the entry stands for one defense each. */
export type OptionValue = string | number | boolean | null | { readonly [key: string]: OptionValue };

/**
 * An entry in the `methods` of a study file: a loss or defense with its options, e.g. `{ loss: 'ccel', alpha: 0.5 }`, `{ defense: 'dropout', rate:
 * 0.3 }`, `{ loss: 'convex-concave', convex: 'focal', 'convex.gamma': 1 }`. An option with a list of values is a grid:
 * `{ loss: 'ccel', alpha: [0.3, 0.5, 0.7] }` is three defenses.
 */
export interface MethodSpec {
  /** Every loss is a defense, so `loss` and `defense` mean the same; one of them is given, by name or as an object. */
  readonly loss?: DefenseName | Loss | Defense;
  readonly defense?: DefenseName | Loss | Defense;
  /** Settings of the recipe for this defense only, e.g. the control of beta: { learningRate: 0.005, weightDecay: 0.01 }. */
  readonly recipe?: RecipeChanges;
  readonly [option: string]:
    OptionValue | readonly OptionValue[] | RecipeChanges | Loss | Defense | undefined;
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
export function defensesOf(spec: MethodSpec | Loss | Defense, base: Recipe): StudyDefense[] {
  if (isMade(spec)) return defensesOf({ defense: spec }, base);
  const { loss, defense, recipe = {}, ...options } = spec;
  if ((loss === undefined) === (defense === undefined)) {
    throw new UserError(
      `A method must have either "loss" or "defense", but ${JSON.stringify(spec)} has ${loss === undefined ? 'neither' : 'both'}. Name one.`,
    );
  }
  const given = (loss ?? defense)!;
  const fullRecipe = mergedRecipe(base, recipe);
  const settings = shownOptions(recipe);
  return madeDefenses(given, options, loss === undefined ? 'defense' : 'loss').map((made) => {
    const { name } = made;
    const label = settings.length === 0 ? made.label : `${made.label} [${settings.join(', ')}]`;
    const key = [name, ...shownOptions(made.options), ...settings].join(' ');
    return { key, label, defense: made, recipe, fullRecipe };
  });
}

/** Whether it is a loss or a defense that code made, not a name with options. */
function isMade(given: object): given is Loss | Defense {
  return 'training' in given || ('kind' in given && 'options' in given);
}

/** A name with each point of a grid of options; an object has its options already. */
function madeDefenses(
  given: DefenseName | Loss | Defense,
  options: Readonly<Record<string, unknown>>,
  what: 'loss' | 'defense',
): Defense[] {
  if (typeof given === 'object') {
    const [extra] = Object.keys(options);
    if (extra === undefined) return ['training' in given ? given : lossDefense(given)];
    throw new UserError(
      `"${extra}" stands beside ${given.label}, which has its options already. Make the object with it, or leave it out.`,
    );
  }
  if (!defenseNames.includes(given)) throw unknownName(what, String(given), defenseNames);
  return gridOf(options).map((point) => defenseFromData(given, point));
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
