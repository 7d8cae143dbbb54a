import { badInput } from '../errors';
import { betaQuantile, normalQuantile } from '../platform/math/distributions';
import type { Interval } from './interval';

/**
 * Exact 95 % interval of a rate (Clopper and Pearson 1934, Biometrika 26): valid for a cut that was fixed before these
 * records were seen (on a shadow model, on another half of the sample), not for a cut chosen on them.
 *
 * @param successes integer in [0, trials]
 * @param trials integer >= 1
 * @throws UserError when the counts are not such integers
 */
export function clopperPearson(successes: number, trials: number): Interval {
  requireCounts(successes, trials);
  return {
    estimate: successes / trials,
    low: clopperPearsonLow(successes, trials, 0.025),
    high: clopperPearsonHigh(successes, trials, 0.025),
    method: { name: 'clopper-pearson' },
  };
}

/** One-sided lower bound: the rate at which this many successes or more have probability `tail`. */
export function clopperPearsonLow(successes: number, trials: number, tail: number): number {
  return successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1);
}

/** One-sided upper bound: the rate at which this many successes or fewer have probability `tail`. */
export function clopperPearsonHigh(successes: number, trials: number, tail: number): number {
  // The quantile near 1 from its mirror image near 0, where floats are dense.
  return successes === trials ? 1 : 1 - betaQuantile(tail, trials - successes, successes + 1);
}

/** Throws UserError unless 0 <= successes <= trials are integers and there is a trial. */
export function requireCounts(successes: number, trials: number): void {
  if (!Number.isInteger(trials) || trials < 1) {
    throw badInput('the number of trials', trials, 'must be an integer of at least 1', 'Pass the group size');
  }
  if (!Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw badInput(
      'the number of successes',
      successes,
      `must be an integer in [0, ${trials}]`,
      'Pass a count',
    );
  }
}

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
