import { badInput } from '../errors';
import { normalCdf } from '../platform/math/distributions';
import { sortedCopy } from '../platform/math/quantile';

/**
 * Largest advantage against Gaussian losses of equal spread: 2 Phi(gap / (2 sigma)) - 1, in [0, 1).
 *
 * Statement (derived here): members' losses ~ N(m, sigma^2), non-members' ~ N(m + gap, sigma^2). The likelihood ratio is
 * monotone, so the threshold halfway is the best of all attacks on the loss, and its advantage is their total variation.
 *
 * @param gap mean loss of non-members minus that of members, >= 0
 * @param sigma common standard deviation, > 0
 * @throws UserError outside these ranges
 */
export function gaussianAdvantage(gap: number, sigma: number): number {
  requireGap(gap);
  requirePositive('sigma', sigma);
  return 1 - 2 * normalCdf(-gap / (2 * sigma));
}

/**
 * AUC of the loss for Gaussian losses, Phi(gap / sqrt(s_m^2 + s_n^2)), in [0.5, 1]. Assumes independent normal losses.
 *
 * @param gap mean loss of non-members minus that of members, >= 0
 * @param memberSd standard deviation of members' losses, >= 0, not both 0
 * @param nonMemberSd of non-members' losses, likewise
 * @throws UserError outside these ranges
 */
export function gaussianAuc(gap: number, memberSd: number, nonMemberSd: number): number {
  requireGap(gap);
  requireNotNegative('the members’ standard deviation', memberSd);
  requireNotNegative('the non-members’ standard deviation', nonMemberSd);
  const spread = Math.hypot(memberSd, nonMemberSd);
  requirePositive('the spread of the losses', spread);
  return normalCdf(gap / spread);
}

/**
 * Lower bound of the total variation between members' and non-members' losses, whatever their distributions:
 * gap^2 / (gap^2 + 2 (v_m + v_n)), in [0, 1].
 *
 * Statement (derived here, Cauchy-Schwarz about the midpoint): with densities f, g and c halfway between the means,
 * gap = integral (x - c)(f - g), so gap^2 <= integral (x - c)^2 |f - g| . integral |f - g|. Some attack with one global
 * rule on this loss, though not necessarily a threshold, has at least this advantage.
 * In the other direction nothing follows: a large variance does not make the advantage small (`varianceCounterexample`),
 * so that the paper's «high variance weakens attacks» is a necessary condition here and no sufficient one.
 *
 * @param gap difference of the mean losses, >= 0
 * @param memberVariance v_m >= 0
 * @param nonMemberVariance v_n >= 0
 * @throws UserError outside these ranges
 */
export function totalVariationBound(gap: number, memberVariance: number, nonMemberVariance: number): number {
  requireGap(gap);
  requireNotNegative('the members’ variance', memberVariance);
  requireNotNegative('the non-members’ variance', nonMemberVariance);
  return gap === 0 ? 0 : gap ** 2 / (gap ** 2 + 2 * (memberVariance + nonMemberVariance));
}

/**
 * The sum of variances v_m + v_n that is necessary for the total variation to be at most `epsilon` at a gap:
 * gap^2 (1 - epsilon) / (2 epsilon). The inverse of `totalVariationBound`; necessary, not sufficient.
 *
 * @param gap >= 0
 * @param epsilon in (0, 1]
 * @throws UserError outside these ranges
 */
export function necessaryVariance(gap: number, epsilon: number): number {
  requireGap(gap);
  if (!(epsilon > 0 && epsilon <= 1)) {
    throw badInput('epsilon', epsilon, 'must be in (0, 1]', 'Pass the advantage that may remain, e.g. 0.1');
  }
  return (gap ** 2 * (1 - epsilon)) / (2 * epsilon);
}

/**
 * Lower bound of the advantage of the best threshold on the loss, whatever the distributions:
 * max(0, (r - 1) / (r + 1)) with r = gap^2 / (s_m + s_n)^2.
 *
 * Statement (derived here, Cantelli's inequality on both sides of the threshold that divides the gap in proportion to the
 * standard deviations): both error rates are at most 1 / (1 + r).
 *
 * @param gap mean loss of non-members minus that of members, >= 0
 * @param memberSd s_m >= 0
 * @param nonMemberSd s_n >= 0
 * @throws UserError outside these ranges
 */
export function cantelliAdvantage(gap: number, memberSd: number, nonMemberSd: number): number {
  requireGap(gap);
  requireNotNegative('the members’ standard deviation', memberSd);
  requireNotNegative('the non-members’ standard deviation', nonMemberSd);
  if (gap === 0) return 0;
  const s = (memberSd + nonMemberSd) ** 2;
  return Math.max(0, (gap ** 2 - s) / (gap ** 2 + s));
}

/**
 * Largest TPR - FPR of «member if loss <= t» over all t, for two samples of losses: the one-sided Kolmogorov-Smirnov
 * distance sup_t F_member(t) - F_non-member(t), in [0, 1]. The threshold is chosen on the same records, so as an estimate
 * for new records it is too large, even for random losses.
 *
 * @param memberLosses [m], m >= 1, none NaN
 * @param nonMemberLosses [n], n >= 1, none NaN
 * @throws UserError for an empty sample or a NaN
 */
export function thresholdAdvantage(
  memberLosses: ArrayLike<number>,
  nonMemberLosses: ArrayLike<number>,
): { readonly advantage: number; readonly threshold: number } {
  const [members, nonMembers] = sortedPair(memberLosses, nonMemberLosses);
  let best = { advantage: 0, threshold: -Infinity };
  let below = 0;
  for (let i = 0; i < members.length; i++) {
    const threshold = members[i];
    if (members[i + 1] === threshold) continue;
    while (below < nonMembers.length && nonMembers[below] <= threshold) below++;
    const advantage = (i + 1) / members.length - below / nonMembers.length;
    if (advantage > best.advantage) best = { advantage, threshold };
  }
  return best;
}

/**
 * Total variation between two samples, sum over bins |m_i / m - n_i / n| / 2, in [0, 1]: the advantage of the best attack
 * that knows only the bin of the loss. Equal values always share a bin; the bins hold equal numbers of the pooled records.
 *
 * Binning can only lose, so in the limit of many records it is a lower bound of the true distance; with few records a bin
 * it is too large by chance, about sqrt(bins / n) for equal distributions.
 *
 * @param memberLosses [m], m >= 1, none NaN
 * @param nonMemberLosses [n], n >= 1, none NaN
 * @param bins whole number >= 2; default the cube root of the smaller sample's size, at least 2
 * @throws UserError for an empty sample, a NaN or a bad number of bins
 */
export function sampleTotalVariation(
  memberLosses: ArrayLike<number>,
  nonMemberLosses: ArrayLike<number>,
  bins?: number,
): number {
  const [members, nonMembers] = sortedPair(memberLosses, nonMemberLosses);
  const count = bins ?? Math.max(2, Math.floor(Math.cbrt(Math.min(members.length, nonMembers.length))));
  if (!(Number.isInteger(count) && count >= 2)) {
    throw badInput('bins', count, 'must be a whole number of at least 2', 'Leave it out for the default');
  }
  const pooled = sortedCopy([...members, ...nonMembers]);
  let distance = 0;
  let [i, j] = [0, 0];
  for (let bin = 1; bin <= count; bin++) {
    const end = pooled[Math.min(pooled.length, Math.ceil((bin * pooled.length) / count)) - 1];
    const [fromI, fromJ] = [i, j];
    while (i < members.length && members[i] <= end) i++;
    while (j < nonMembers.length && nonMembers[j] <= end) j++;
    distance += Math.abs((i - fromI) / members.length - (j - fromJ) / nonMembers.length) / 2;
  }
  return distance;
}

/** A pair of distributions whose members have a large variance and no privacy. */
export interface VarianceCounterexample {
  readonly memberMean: number;
  readonly memberVariance: number;
  readonly nonMemberMean: number;
  readonly nonMemberVariance: number;
  /** Best threshold: «member if loss <= 0». */
  readonly advantage: number;
  readonly totalVariation: number;
}

/**
 * Variance is necessary, not sufficient (derived here): members' losses are 0 with probability 1 - share and `tail` with
 * probability `share`; non-members' are Exp(1). Members' variance share (1 - share) tail^2 can be made as large as one likes,
 * and yet the threshold at 0 has advantage 1 - share, and an attack that also calls `tail` a member has advantage 1.
 *
 * @param share in (0, 1); default 0.1
 * @param tail > 0; default 20
 * @throws UserError outside these ranges
 */
export function varianceCounterexample(share = 0.1, tail = 20): VarianceCounterexample {
  if (!(share > 0 && share < 1))
    throw badInput('share', share, 'must be in (0, 1)', 'Take 0.1 to start with');
  requirePositive('tail', tail);
  return {
    memberMean: share * tail,
    memberVariance: share * (1 - share) * tail ** 2,
    nonMemberMean: 1,
    nonMemberVariance: 1,
    // Beyond the tail all members are below the threshold, but so are most non-members.
    advantage: Math.max(1 - share, Math.exp(-tail)),
    totalVariation: 1,
  };
}

function sortedPair(
  memberLosses: ArrayLike<number>,
  nonMemberLosses: ArrayLike<number>,
): [Float64Array, Float64Array] {
  for (const [whose, losses] of [
    ['members', memberLosses],
    ['non-members', nonMemberLosses],
  ] as const) {
    if (losses.length === 0) {
      throw badInput(`the number of ${whose}`, 0, 'must be at least 1', 'Pass the losses of both groups');
    }
  }
  return [sortedCopy(memberLosses), sortedCopy(nonMemberLosses)];
}

function requireGap(gap: number): void {
  if (gap >= 0 && gap < Infinity) return;
  throw badInput(
    'the gap of mean losses',
    gap,
    'must be a finite number >= 0',
    'Pass the non-members’ mean minus the members’; where it is negative the bounds say nothing',
  );
}

function requireNotNegative(what: string, value: number): void {
  if (!(value >= 0 && value < Infinity))
    throw badInput(what, value, 'must be a finite number >= 0', 'Correct it');
}

function requirePositive(what: string, value: number): void {
  if (!(value > 0 && value < Infinity))
    throw badInput(what, value, 'must be a finite number > 0', 'Correct it');
}
