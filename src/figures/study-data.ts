import { badInput, UserError } from '../errors';
import { keyOptions, leftOutOption, spacedName } from '../experiments/method-key';
import type {
  MethodResult,
  PathPoint,
  RunResult,
  StudyAttackResult,
  StudyResult,
} from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/mean-over-seeds';
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
export function overSeedsWords({ methods }: Pick<StudyResult, 'methods'>): string {
  return methods.some(({ runs }) => runs.length > 1)
    ? '95 % t intervals over seeds'
    : '95 % intervals of the attack over records (one seed: none over seeds, none of test accuracy)';
}

/** The most seeds that any of the methods has. */
export function mostSeeds(methods: readonly Pick<MethodResult, 'runs'>[]): number {
  return Math.max(...methods.map(({ runs }) => runs.length));
}

/** The attacks of some methods, in order, by the name that stands in results. */
export function attacksOf(
  methods: readonly MethodResult[],
): { readonly name: string; readonly title: string }[] {
  const titles = new Map<string, string>();
  for (const { runs } of methods) {
    for (const { attacks } of runs) for (const { name, title } of attacks) titles.set(name, title);
  }
  return [...titles].map(([name, title]) => ({ name, title }));
}

/** An attack in every run of a method, in the order of its seeds; null if a run lacks it. */
export function attackRuns({ runs }: MethodResult, name: string): StudyAttackResult[] | null {
  const found = runs.map(({ attacks }) => attacks.find((attack) => attack.name === name));
  return found.every((attack): attack is StudyAttackResult => attack !== undefined) ? found : null;
}

/** Advantage of an attack on a method; null where it was not run. */
export function advantageOf(method: MethodResult, name: string): Interval | null {
  const found = attackRuns(method, name);
  return found === null ? null : overSeeds(found.map(({ advantage }) => advantage));
}

/**
 * The attacks that every method has, or of those the named ones in that order.
 *
 * @throws UserError for a name that not every method has
 */
export function sharedAttacks(
  { methods }: Pick<StudyResult, 'methods'>,
  names?: readonly string[],
): { readonly name: string; readonly title: string }[] {
  const shared = attacksOf(methods).filter(({ name }) =>
    methods.every((method) => attackRuns(method, name) !== null),
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
  result: Pick<StudyResult, 'methods'>,
  most: number,
): { readonly attacks: readonly string[]; readonly note: string } {
  const [baseline] = result.methods;
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
export function chosenMethods({ methods, selections }: StudyResult): MethodResult[] {
  const grids = new Set(selections.map(({ family }) => family));
  const chosen = new Set(selections.map((selection) => selection.chosen));
  return methods.filter(({ key, family }, i) => i === 0 || chosen.has(key) || !grids.has(family));
}

/** Some of a study's methods, for figures that get unreadable with many. */
export interface ShownMethods {
  readonly methods: readonly MethodResult[];
  /** Which they are, as a sentence; empty if they are all. */
  readonly words: string;
}

/** All methods if there are few; else `chosenMethods`, the first ones if these are too many as well. */
export function shownMethods(result: StudyResult, most = 8): ShownMethods {
  const all = result.methods.length;
  if (all <= most) return { methods: result.methods, words: '' };
  const chosen = chosenMethods(result);
  const methods = chosen.slice(0, most);
  const which =
    result.selections.length === 0
      ? 'the first in the order of the study'
      : `${result.methods[0].label} and of each family the parameters that its shadow models chose`;
  const cut =
    result.selections.length > 0 && chosen.length > most
      ? `, the first ${methods.length} of ${chosen.length}`
      : '';
  return { methods, words: `Shown are ${methods.length} of ${all} methods: ${which}${cut}.` };
}

/** A method in its family. */
export interface FamilyMember {
  readonly method: MethodResult;
  /** Values of the options that vary in the family, e.g. `0.5` or `1, 0.01`; empty where none does. */
  readonly parameter: string;
  /** The same as a number, where one option varies and its values are numbers; else null. */
  readonly value: number | null;
}

/** One loss or defense with all its settings. */
export interface StudyFamily {
  /** Name of the loss or defense. */
  readonly family: string;
  /** For legends: `CCEL (alpha)`, after the options that vary; of a single method its label. */
  readonly label: string;
  /** Options that vary. */
  readonly options: readonly string[];
  /** Ascending where one number varies, else in the order of the study. */
  readonly members: readonly FamilyMember[];
}

/** The methods of a study by family, in the order in which families appear. */
export function studyFamilies({
  methods,
  settings,
}: Pick<StudyResult, 'methods' | 'settings'>): StudyFamily[] {
  return [...new Set(methods.map(({ family }) => family))].map((family) =>
    familyOf(
      family,
      methods.filter((method) => method.family === family),
      settings,
    ),
  );
}

function familyOf(
  family: string,
  methods: readonly MethodResult[],
  settings: StudyResult['settings'],
): StudyFamily {
  const given = methods.map(({ key }) => keyOptions(key));
  const valueOf = (of: ReadonlyMap<string, string>, option: string): string =>
    of.get(option) ?? leftOutOption(option, settings) ?? 'default';
  const options = [...new Set(given.flatMap((of) => [...of.keys()]))].filter(
    (option) => new Set(given.map((of) => valueOf(of, option))).size > 1,
  );
  const members = methods.map((method, i): FamilyMember => {
    const values = options.map((option) => valueOf(given[i], option));
    const number = values.length === 1 ? Number(values[0]) : NaN;
    return { method, parameter: values.join(', '), value: Number.isFinite(number) ? number : null };
  });
  const isOrdered = members.every(({ value }) => value !== null);
  const label =
    options.length === 0
      ? methods[0].label
      : `${familyTitle(methods[0].label)} (${options.map(spacedName).join(', ')})`;
  return {
    family,
    label,
    options,
    members: isOrdered ? [...members].sort((a, b) => a.value! - b.value!) : members,
  };
}

/** `CCEL (alpha 0.5)`, `CE [weightDecay=0.005]` and `Temperature 5` without their settings. */
export function familyTitle(label: string): string {
  return label.split(/ [([]/)[0].replace(/ [\d.]+$/, '');
}

/** Data and command of a study, for the captions of its figures. */
export function studySource({ data, command }: StudyResult): FigureSource {
  return { data: data.title, command, synthetic: data.synthetic };
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

export function seedCount(methods: readonly MethodResult[]): string {
  const seeds = mostSeeds(methods);
  return seeds === 1 ? 'one seed' : `${seeds} seeds`;
}

/** Whether the losses of single records are in a result: committed results leave them out. */
export function hasRecordLosses(methods: readonly MethodResult[]): boolean {
  return methods.every(({ runs }) =>
    runs.every((run) => run.memberLosses.length > 0 && run.nonMemberLosses.length > 0),
  );
}

export function requireRecordLosses(methods: readonly MethodResult[]): void {
  if (hasRecordLosses(methods)) return;
  throw new UserError(
    'The result has no losses of single records, which this figure draws. Run the study, or take a result with them (ccl study export --format json).',
  );
}
