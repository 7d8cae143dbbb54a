import { badInput } from '../errors';
import { normalCdf } from '../platform/math/distributions';

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
