import { tQuantile } from '../math/distributions';
import { mean, sampleVariance } from '../math/summary';
import type { Interval } from './interval';

/**
 * Mean over independent repetitions (seeds) with Student's 95 % interval, mean +- t(0.975, n - 1) s / sqrt(n). It speaks
 * of new seeds, not of new records. The bounds are null with fewer than two seeds, and where all seeds agree: their
 * spread, and so the interval, cannot be estimated from them.
 *
 * @param values one number a seed, at least one
 * @param scale size of the numbers that the values were computed from; default the largest absolute value. Seeds whose
 *   values differ by less than 1e-12 of it count as equal: that is rounding, not spread
 * @throws UserError when there are no values
 */
export function meanOverSeeds(values: readonly number[], scale = largestOf(values)): Interval {
  const n = values.length;
  const estimate = mean(values);
  if (n < 2) return { estimate, low: null, high: null, method: 'no interval: one seed has no spread' };
  if (Math.max(...values) - Math.min(...values) <= 1e-12 * scale) {
    return { estimate: values[0], low: null, high: null, method: `no interval: all ${n} seeds are equal` };
  }
  const half = tQuantile(0.975, n - 1) * Math.sqrt(sampleVariance(values) / n);
  return { estimate, low: estimate - half, high: estimate + half, method: `t interval over ${n} seeds` };
}

/** The largest absolute value. */
export function largestOf(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}
