import { tQuantile } from '../platform/math/distributions';
import { mean, sampleVariance } from '../platform/math/summary';
import type { Interval } from './interval';

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
