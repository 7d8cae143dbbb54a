import { badInput } from '../errors';
import { betaQuantile } from '../platform/math/distributions';
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
