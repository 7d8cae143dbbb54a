import { tQuantile } from '../math/distributions';
import { mean, sampleVariance } from '../math/summary';
import type { Interval } from './interval';

/**
 * Mean over independent repetitions (seeds) with Student's 95 % interval, mean +- t(0.975, n - 1) s / sqrt(n). It speaks
 * of new seeds, not of new records. The bounds are null with fewer than two seeds, and where all seeds agree to the last
 * bit: their spread, and so the interval, cannot be estimated from them.
 *
 * @param values one number a seed, at least one
 * @throws UserError when there are no values
 */
export function meanOverSeeds(values: readonly number[]): Interval {
  const n = values.length;
  const estimate = mean(values);
  if (n < 2) return { estimate, low: null, high: null, method: 'no interval: one seed has no spread' };
  // The mean of equal floats may differ from them in the last bit, so compare the values themselves.
  if (values.every((value) => value === values[0])) {
    return { estimate: values[0], low: null, high: null, method: `no interval: all ${n} seeds are equal` };
  }
  const half = tQuantile(0.975, n - 1) * Math.sqrt(sampleVariance(values) / n);
  return { estimate, low: estimate - half, high: estimate + half, method: `t interval over ${n} seeds` };
}
