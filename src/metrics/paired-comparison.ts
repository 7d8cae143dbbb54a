import { badInput } from '../errors';
import { tTwoSidedP } from '../platform/math/distributions';
import { sampleVariance } from '../platform/math/summary';
import type { Interval } from './interval';
import { largestOf, meanOverSeeds } from './mean-over-seeds';

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
