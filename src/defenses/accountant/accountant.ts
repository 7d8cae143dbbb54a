import { badInput } from '../../errors';
import { privacyLoss } from './privacy-loss';
import { defaultOrders, renyiEpsilon } from './renyi';
import { checkDelta, checkEpsilon, checkSampleRate, checkSteps, type Spent } from './sampled-gaussian';

/**
 * How privacy is accounted: 'pld' near-tight, by the distribution of the privacy loss; 'rdp' by Renyi divergences, as in
 * most papers, from a little to several times larger.
 */
export type Accountant = 'pld' | 'rdp';

/**
 * The smallest epsilon for which steps of DP-SGD are (epsilon, delta)-DP. Neighboring data sets differ by one record
 * added or removed (not: replaced). At least 0; Infinity without noise.
 *
 * The number presupposes noise and batches that the adversary cannot know. Training from a seeded generator, as
 * everything here, reproduces them from the seed: the number then accounts for an experiment, it guarantees nothing to
 * anybody. It presupposes Poisson sampling as well: for batches cut from a shuffled order it is an approximation.
 *
 * @param spent the steps; of several stretches, the composition
 * @param delta in (0, 1); at least 1e-12 for 'pld'
 * @throws UserError if an argument is out of range
 */
export function epsilonSpent(spent: Spent, delta: number, accountant: Accountant = 'pld'): number {
  return accountant === 'rdp' ? renyiEpsilon(spent, delta).epsilon : privacyLoss(spent).epsilon(delta);
}

/** The privacy that a training shall have when it ends. */
export interface PrivacyTarget {
  /** Above 0. */
  readonly epsilon: number;
  /** In (0, 1). */
  readonly delta: number;
  /** Chance of a record to enter a step, in (0, 1]. */
  readonly sampleRate: number;
  /** Steps of the whole training, at least 1. */
  readonly steps: number;
}

/** Above this noise multiplier nothing is learned from the sum of any batch. */
const mostNoise = 1e6;

/** Bisection ends when the bracket is narrower than this share of the noise multiplier. */
const precision = 1e-4;

/**
 * The least noise multiplier, to 1e-4 of itself, rounded up, with which DP-SGD spends at most the target epsilon; see
 * `epsilonSpent` for what that means. By bisection.
 *
 * @throws UserError if an argument is out of range, or if no noise multiplier up to 1e6 reaches the target
 */
export function noiseMultiplierFor(target: PrivacyTarget, accountant: Accountant = 'pld'): number {
  const { epsilon, delta, sampleRate, steps } = target;
  checkEpsilon(epsilon);
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw badInput('target epsilon', epsilon, 'must be above 0 and finite', 'Typical values are 0.5 to 10');
  }
  checkDelta(delta);
  checkSampleRate(sampleRate);
  checkSteps(steps, 1);
  const reaches = (noiseMultiplier: number): boolean =>
    epsilonSpent({ sampleRate, noiseMultiplier, steps }, delta, accountant) <= epsilon;
  let enough = 1;
  while (!reaches(enough)) {
    enough *= 2;
    if (enough > mostNoise) throw outOfReach(target, accountant);
  }
  let tooLittle = enough / 2;
  while (reaches(tooLittle)) {
    enough = tooLittle;
    tooLittle /= 2;
  }
  while (enough - tooLittle > precision * enough) {
    const middle = Math.sqrt(enough * tooLittle);
    if (reaches(middle)) enough = middle;
    else tooLittle = middle;
  }
  return enough;
}

function outOfReach({ epsilon, delta, sampleRate, steps }: PrivacyTarget, accountant: Accountant): Error {
  const least = epsilonSpent({ sampleRate, noiseMultiplier: mostNoise, steps }, delta, accountant);
  const highest = defaultOrders[defaultOrders.length - 1];
  const shown = least.toPrecision(3);
  const rule =
    accountant === 'rdp'
      ? `the accountant 'rdp' with orders up to ${highest} proves no less than ${shown} at delta ${delta}, whatever the noise`
      : `a noise multiplier of ${mostNoise} still spends ${shown} at delta ${delta}`;
  const remedy =
    accountant === 'rdp'
      ? `Choose an epsilon above ${shown}, a larger delta, or the accountant 'pld'`
      : 'Choose a larger epsilon or delta, fewer steps or a smaller batch';
  return badInput('target epsilon', epsilon, rule, remedy);
}
