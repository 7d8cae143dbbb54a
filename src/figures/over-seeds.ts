import type { MethodResult, StudyAttackResult, StudyResult } from '../experiments/study-result';
import { badInput } from '../errors';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/mean-over-seeds';

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
  return {
    attacks: shared.filter((name) => strongest.has(name)),
    note: `Shown are the ${most} of ${shared.length} attacks that reach most on ${baseline.label}; the heat map has all.`,
  };
}
