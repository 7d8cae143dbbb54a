import { normalQuantile } from '../platform/math/distributions';
import { requireCounts } from './clopper-pearson';
import type { Interval } from './interval';

/**
 * 95 % interval of the difference of two independent proportions, x1 / n1 - x2 / n2, from their Wilson intervals
 * (Newcombe 1998, Statistics in Medicine 17, method 10):
 * low = d - sqrt((p1 - l1)^2 + (u2 - p2)^2), high = d + sqrt((u1 - p1)^2 + (p2 - l2)^2).
 *
 * @throws UserError unless 0 <= x <= n are integers and n >= 1, for both
 */
export function newcombe(x1: number, n1: number, x2: number, n2: number): Interval {
  requireCounts(x1, n1);
  requireCounts(x2, n2);
  const first = wilson(x1, n1);
  const second = wilson(x2, n2);
  const p1 = x1 / n1;
  const p2 = x2 / n2;
  const estimate = p1 - p2;
  return {
    estimate,
    low: Math.max(-1, estimate - Math.hypot(p1 - first.low, second.high - p2)),
    high: Math.min(1, estimate + Math.hypot(first.high - p1, p2 - second.low)),
    method: { name: 'newcombe' },
  };
}

/** Wilson's 95 % score interval (1927), without continuity correction. */
function wilson(successes: number, trials: number): { low: number; high: number } {
  const z = normalQuantile(0.975);
  const p = successes / trials;
  const shrink = 1 + (z * z) / trials;
  const center = (p + (z * z) / (2 * trials)) / shrink;
  const half = (z * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials))) / shrink;
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}
