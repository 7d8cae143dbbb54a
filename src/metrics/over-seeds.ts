import { tQuantile, tTwoSidedP } from '../platform/math/distributions';
import { mean, sampleVariance } from '../platform/math/quantile';
import type { Interval } from './interval';
import { badInput } from '../errors';

/**
 * Mean over independent repetitions (seeds) with Student's 95 % interval, mean +- t(0.975, n - 1) s / sqrt(n). It speaks
 * of new seeds, not of new records. The bounds are null with fewer than two seeds, and where all seeds agree: their
 * spread, and so the interval, cannot be estimated from them.
 *
 * @param values one number a seed, at least one
 * @param scale size of the numbers that the values were computed from; default the largest absolute value. Seeds whose
 *   values differ by less than 1e-12 of it count as equal: that is rounding, not spread
 * @param how what the values are, for the interval's `method`; default seeds that are not paired
 * @throws UserError when there are no values
 */
export function meanOverSeeds(
  values: readonly number[],
  scale = largestOf(values),
  how: { readonly over?: 'seeds' | 'records'; readonly paired?: true } = {},
): Interval {
  const n = values.length;
  const of = { n, over: 'seeds', ...how } as const;
  const estimate = mean(values);
  if (n < 2) return { estimate, low: null, high: null, method: { name: 'no-spread', ...of } };
  if (Math.max(...values) - Math.min(...values) <= 1e-12 * scale) {
    return { estimate: values[0], low: null, high: null, method: { name: 'no-spread', ...of } };
  }
  const half = tQuantile(0.975, n - 1) * Math.sqrt(sampleVariance(values) / n);
  return { estimate, low: estimate - half, high: estimate + half, method: { name: 't', ...of } };
}

/** The largest absolute value. */
export function largestOf(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}

export interface PairedComparison {
  /** Mean of method minus baseline over seeds, with Student's 95 % interval. */
  readonly difference: Interval;
  /** Two-sided p of the paired t test, before any correction; null where no interval exists either. */
  readonly p: number | null;
}

/**
 * Compares a method with the baseline, seeds as the unit: entry i of both comes from the same seed, which shares split,
 * start weights and batch order, so the differences carry less noise than the two means.
 *
 * @param over what the entries are, for the interval's `method`
 * @throws UserError when the lengths differ or there are no values
 */
export function pairedComparison(
  method: readonly number[],
  baseline: readonly number[],
  over: 'seeds' | 'records' = 'seeds',
): PairedComparison {
  if (method.length !== baseline.length) {
    throw badInput(
      'the number of seeds',
      method.length,
      `the baseline has ${baseline.length} and each seed needs both`,
      'Run the same seeds for both',
    );
  }
  const differences = method.map((value, seed) => value - baseline[seed]);
  const n = differences.length;
  // Accuracies are multiples of 1/n, so equal differences are common, and rounding must not pass for a tiny spread.
  const scale = largestOf([...method, ...baseline]);
  const difference = meanOverSeeds(differences, scale, { over, paired: true });
  if (difference.low === null) return { difference, p: null };
  const t = difference.estimate / Math.sqrt(sampleVariance(differences) / n);
  return { difference, p: tTwoSidedP(t, n - 1) };
}

/**
 * Holm's step-down correction (1979, Scandinavian Journal of Statistics 6): the i-th smallest of m p-values is multiplied
 * by m - i + 1, made monotone and capped at 1. Adjusted values below 0.05 keep the chance of any false «different» below
 * 5 %, whatever the dependence.
 *
 * A null (a comparison without a test) stays null and counts among the m, so that leaving it out buys nothing.
 *
 * @param pValues in [0, 1] or null, one a comparison
 * @returns adjusted values in the order of the input
 * @throws UserError when a value is outside [0, 1]
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  pValues.forEach((p, i) => {
    if (p !== null && !(p >= 0 && p <= 1)) {
      throw badInput(`p-value ${i}`, p, 'must be in [0, 1] or null', 'Pass uncorrected p-values');
    }
  });
  const valueAt = (i: number): number => pValues[i] ?? 1;
  const order = pValues.map((_, i) => i).sort((a, b) => valueAt(a) - valueAt(b));
  const adjusted = new Array<number | null>(pValues.length).fill(null);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.min(1, Math.max(largest, valueAt(index) * (pValues.length - rank)));
    if (pValues[index] !== null) adjusted[index] = largest;
  });
  return adjusted;
}
