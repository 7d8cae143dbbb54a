import { badInput, UserError } from '../errors';
import type {
  DefenseResult,
  PathPoint,
  RunResult,
  StudyAttackResult,
  StudyResult,
} from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/over-seeds';
import { spacedName } from '../wording';
import { type Figure, type FigureDraft, type FigureSource, sourcedFigure } from './figure';

/** The mean over seeds with its t interval; of a single seed the interval over its records, where it has one. */
export function overSeeds(seeds: readonly Interval[]): Interval {
  if (seeds.length > 1) return meanOverSeeds(seeds.map(({ estimate }) => estimate));
  const [{ estimate, low, high, method }] = seeds;
  // A percentile interval need not hold its estimate; figures draw bars on both sides of it.
  const holds = low !== null && high !== null && low <= estimate && estimate <= high;
  return holds ? { estimate, low, high, method } : { estimate, low: null, high: null, method };
}

/** What `overSeeds` gives, for captions. */
export function overSeedsWords({ defenses }: Pick<StudyResult, 'defenses'>): string {
  return defenses.some(({ runs }) => runs.length > 1)
    ? '95 % t intervals over seeds'
    : '95 % intervals of the attack over records (one seed: none over seeds, none of test accuracy)';
}

/** The most seeds that any of the methods has. */
export function mostSeeds(methods: readonly Pick<DefenseResult, 'runs'>[]): number {
  return Math.max(...methods.map(({ runs }) => runs.length));
}

/** The attacks of some methods, in order, by the name that stands in results. */
export function attacksOf(
  methods: readonly DefenseResult[],
): { readonly name: string; readonly title: string }[] {
  const titles = new Map<string, string>();
  for (const { runs } of methods) {
    for (const { attacks } of runs) for (const { name, title } of attacks) titles.set(name, title);
  }
  return [...titles].map(([name, title]) => ({ name, title }));
}

/** An attack in every run of a method, in the order of its seeds; null if a run lacks it. */
export function attackRuns({ runs }: DefenseResult, name: string): StudyAttackResult[] | null {
  const found = runs.map(({ attacks }) => attacks.find((attack) => attack.name === name));
  return found.every((attack): attack is StudyAttackResult => attack !== undefined) ? found : null;
}

/** Advantage of an attack on a method; null where it was not run. */
export function advantageOf(method: DefenseResult, name: string): Interval | null {
  const found = attackRuns(method, name);
  return found === null ? null : overSeeds(found.map(({ advantage }) => advantage));
}

/**
 * The attacks that every method has, or of those the named ones in that order.
 *
 * @throws UserError for a name that not every method has
 */
export function sharedAttacks(
  { defenses }: Pick<StudyResult, 'defenses'>,
  names?: readonly string[],
): { readonly name: string; readonly title: string }[] {
  const shared = attacksOf(defenses).filter(({ name }) =>
    defenses.every((defense) => attackRuns(defense, name) !== null),
  );
  if (names === undefined) return shared;
  return names.map((name) => {
    const found = shared.find((attack) => attack.name === name);
    if (found !== undefined) return found;
    const known = shared.map((attack) => attack.name).join(', ');
    throw badInput('an attack', name, 'must be one that every method of the study has', `Known: ${known}`);
  });
}

/**
 * Of many attacks those with the largest advantage on the study's first method, in the order of the study, and a sentence
 * that says so; it is empty if they are all.
 */
export function strongestAttacks(
  result: Pick<StudyResult, 'defenses'>,
  most: number,
): { readonly attacks: readonly string[]; readonly note: string } {
  const [baseline] = result.defenses;
  const shared = sharedAttacks(result).map(({ name }) => name);
  if (shared.length <= most) return { attacks: shared, note: '' };
  const strength = (name: string): number => advantageOf(baseline, name)!.estimate;
  const strongest = new Set([...shared].sort((a, b) => strength(b) - strength(a)).slice(0, most));
  const which =
    most === 1
      ? `is the one of ${shared.length} attacks that reaches`
      : `are the ${most} of ${shared.length} attacks that reach`;
  return {
    attacks: shared.filter((name) => strongest.has(name)),
    note: `Shown ${which} most on ${baseline.label}; the heat map has all.`,
  };
}

/**
 * The baseline, each method that is alone in its family, and of every other family the one whose parameters the shadow
 * models chose, in the order of the study.
 */
export function chosenMethods({ defenses, selections }: StudyResult): DefenseResult[] {
  const grids = new Set(selections.map(({ name }) => name));
  const chosen = new Set(selections.map((selection) => selection.chosen));
  return defenses.filter(({ key, name }, i) => i === 0 || chosen.has(key) || !grids.has(name));
}

/** Some of a study's methods, for figures that get unreadable with many. */
export interface ShownMethods {
  readonly methods: readonly DefenseResult[];
  /** Which they are, as a sentence; empty if they are all. */
  readonly words: string;
}

/** All methods if there are few; else `chosenMethods`, the first ones if these are too many as well. */
export function shownMethods(result: StudyResult, most = 8): ShownMethods {
  const all = result.defenses.length;
  if (all <= most) return { methods: result.defenses, words: '' };
  const chosen = chosenMethods(result);
  const methods = chosen.slice(0, most);
  const which =
    result.selections.length === 0
      ? 'the first in the order of the study'
      : `${result.defenses[0].label} and of each family the parameters that its shadow models chose`;
  const cut =
    result.selections.length > 0 && chosen.length > most
      ? `, the first ${methods.length} of ${chosen.length}`
      : '';
  return { methods, words: `Shown are ${methods.length} of ${all} methods: ${which}${cut}.` };
}

/** A setting of a defense in its family. */
export interface FamilyMember {
  readonly defense: DefenseResult;
  /** Values of the options that vary in the family, e.g. `0.5` or `1, 0.01`; empty where none does. */
  readonly parameter: string;
  /** The same as a number, where one option varies and its values are numbers; else null. */
  readonly value: number | null;
}

/** One loss or defense with all its settings. */
export interface StudyFamily {
  /** Name of the loss or defense. */
  readonly name: string;
  /** For legends, without settings: `CCEL`. */
  readonly title: string;
  /** For legends: `CCEL (alpha)`, after the options that vary; of a single setting its label. */
  readonly label: string;
  /** Options that vary. */
  readonly options: readonly string[];
  /** Ascending where one number varies, else in the order of the study. */
  readonly members: readonly FamilyMember[];
}

/** The defenses of a study by their names, in the order in which these appear. */
export function studyFamilies({
  defenses,
  settings,
}: Pick<StudyResult, 'defenses' | 'settings'>): StudyFamily[] {
  return [...new Set(defenses.map(({ name }) => name))].map((name) =>
    familyOf(
      defenses.filter((defense) => defense.name === name),
      settings.recipe,
    ),
  );
}

/** @param recipe of the study, where a defense does not change it */
function familyOf(
  defenses: readonly DefenseResult[],
  recipe: StudyResult['settings']['recipe'],
): StudyFamily {
  const settingsOf = ({ options, recipe: changes }: DefenseResult): Record<string, unknown> => ({
    ...options,
    ...Object.fromEntries(changed.map((setting) => [setting, recipe[setting as keyof typeof recipe]])),
    ...changes,
  });
  const changed = [...new Set(defenses.flatMap((defense) => Object.keys(defense.recipe)))];
  const settings = defenses.map(settingsOf);
  const options = [...new Set(settings.flatMap((of) => Object.keys(of)))].filter(
    (option) => new Set(settings.map((of) => JSON.stringify(of[option]))).size > 1,
  );
  const members = defenses.map((defense, i): FamilyMember => {
    const values = options.map((option) => settings[i][option]);
    const [value] = values;
    return {
      defense,
      parameter: values.map(valueWords).join(', '),
      value: values.length === 1 && typeof value === 'number' ? value : null,
    };
  });
  const isOrdered = members.every(({ value }) => value !== null);
  const [{ name, title, label }] = defenses;
  return {
    name,
    title,
    label: options.length === 0 ? label : `${title} (${options.map(spacedName).join(', ')})`,
    options,
    members: isOrdered ? [...members].sort((a, b) => a.value! - b.value!) : members,
  };
}

function valueWords(value: unknown): string {
  if (value === undefined) return 'default';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Data and command of a study, for the captions of its figures. */
export function studySource({ data, command, made }: StudyResult): FigureSource {
  return { data: data.title, command, synthetic: data.synthetic, made };
}

/** What one epoch of a method looks like on average over seeds. */
export interface MeanPathPoint {
  readonly epoch: number;
  readonly testAccuracy: number;
  readonly advantage: number;
}

/**
 * The epochs that every run evaluated, in ascending order, each with its points, one a run. Epochs that only some runs
 * have are left out, since a mean over other seeds would make a jump that no model made.
 */
export function commonPath(
  runs: readonly Pick<RunResult, 'path'>[],
): { readonly epoch: number; readonly points: readonly PathPoint[] }[] {
  if (runs.length === 0) return [];
  const byEpoch = runs.map((run) => new Map(run.path.map((point) => [point.epoch, point])));
  return [...byEpoch[0].keys()]
    .filter((epoch) => byEpoch.every((points) => points.has(epoch)))
    .sort((a, b) => a - b)
    .map((epoch) => ({ epoch, points: byEpoch.map((points) => points.get(epoch) as PathPoint) }));
}

/** Means over runs at each epoch of `commonPath`. */
export function meanPath(runs: readonly Pick<RunResult, 'path'>[]): MeanPathPoint[] {
  return commonPath(runs).map(({ epoch, points }) => {
    const mean = (of: (point: PathPoint) => number): number =>
      points.reduce((sum, point) => sum + of(point), 0) / points.length;
    return {
      epoch,
      testAccuracy: mean((point) => point.testAccuracy),
      advantage: mean((point) => point.advantage),
    };
  });
}

/** Which of a study's methods a figure shows; default all. More than about eight are not told apart. */
export type MethodChoice = Partial<ShownMethods>;

export function studyFigure(result: StudyResult, draft: FigureDraft, { words = '' }: MethodChoice): Figure {
  const reading = words === '' ? draft.reading : `${words} ${draft.reading}`;
  return sourcedFigure({ ...draft, reading }, studySource(result));
}

export function seedCount(methods: readonly DefenseResult[]): string {
  const seeds = mostSeeds(methods);
  return seeds === 1 ? 'one seed' : `${seeds} seeds`;
}

/** Whether the losses of single records are in a result: committed results leave them out. */
export function hasRecordLosses(methods: readonly DefenseResult[]): boolean {
  return methods.every(({ runs }) =>
    runs.every((run) => run.memberLosses.length > 0 && run.nonMemberLosses.length > 0),
  );
}

export function requireRecordLosses(methods: readonly DefenseResult[]): void {
  if (hasRecordLosses(methods)) return;
  throw new UserError(
    'The result has no losses of single records, which this figure draws. Run the study, or take a result with them (ccl study export --format json).',
  );
}
