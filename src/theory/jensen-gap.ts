import { badInput } from '../errors';
import { scanSigns } from '../losses/scan';
import { atProbability, type LossFormula } from './confidence';
import { extremes } from './root';
import {
  covariance,
  type Estimate,
  expectation,
  meanAndVariance,
  type StartDistribution,
} from './start-distribution';

/** What Jensen's inequality leaves between the expected loss and the loss at the mean confidence. */
export interface JensenGap {
  /** mu = E[p]. */
  readonly mean: number;
  /** v = Var(p). */
  readonly variance: number;
  /** E f(p) - f(mu). */
  readonly gap: Estimate;
  /** f''(mu) v / 2, the gap to second order. */
  readonly secondOrder: number;
  /** m = min f'' and M = max f'' on the support (for Beta and normal all of (0, 1), so often infinite). */
  readonly curvature: { readonly min: number; readonly max: number };
  /** m v / 2 <= gap <= M v / 2. */
  readonly bounds: { readonly low: number; readonly high: number };
  /**
   * For a loss that is convex on the support (m >= 0): m Var(f(p)) / (2 G^2) <= gap with G = max |f'|; null otherwise.
   * 0 where f' is unbounded on the support.
   */
  readonly fromLossVariance: number | null;
  /** Var f(p), the variance of the loss itself; null where it does not exist. */
  readonly lossVariance: number | null;
}

/**
 * Jensen's gap E f(p) - f(E p) with its second-order form and Lagrange bounds.
 *
 * Statement (T1, derived here in the manner of the paper's argument): Taylor's formula at mu with Lagrange's remainder
 * and then the expectation give f(mu) + m v / 2 <= E f(p) <= f(mu) + M v / 2 with m <= f'' <= M on the support; with
 * |f'| <= G, Var f(p) <= G^2 v, so that for m >= 0 the gap is at least m Var f(p) / (2 G^2).
 * Assumptions: f twice differentiable on the support. Minimum and maximum of f'' are found numerically (root.ts).
 * The paper concludes that a convex loss presses the variance down and a concave one lifts it; our derivation gives that
 * sign only at a fixed mean mu, and for CCEL at alpha = 0.5 the coefficient is negative only above mu = 0.7035, for CCQL
 * at alpha = 0.5 nowhere.
 */
export function jensenGap(loss: LossFormula, start: StartDistribution): JensenGap {
  const p = start.phi.map((phi) => 1 / (1 + Math.exp(-phi)));
  const { mean, variance } = meanAndVariance(start, p);
  const mu = mean.value;
  const v = variance.value;
  const atMean = loss.valueAt(atProbability(mu));
  const expected = expectation(start, (at) => loss.valueAt(at));
  const [low, high] = start.support;
  const curvature = extremes((x) => loss.curvatureAt(atProbability(inside(x))), low, high);
  const slope = extremes((x) => Math.abs(loss.slopeAt(atProbability(inside(x)))), low, high).max;
  // At p = 1e-300 a derivative that grows without bound is still a number.
  const unbounded = (x: number): number => (Math.abs(x) > 1e100 ? Math.sign(x) * Infinity : x);
  const [m, M, G] = [curvature.min, curvature.max, slope].map(unbounded);
  const lossVariance = varianceOf(loss, start);
  return {
    mean: mu,
    variance: v,
    gap: { value: expected.value - atMean, error: expected.error + 4e-16 * Math.abs(atMean) },
    secondOrder: (loss.curvatureAt(atProbability(mu)) * v) / 2,
    curvature: { min: m, max: M },
    bounds: { low: v === 0 ? 0 : (m * v) / 2, high: v === 0 ? 0 : (M * v) / 2 },
    fromLossVariance: m >= 0 && lossVariance !== null ? (m * lossVariance) / (2 * G * G) : null,
    lossVariance,
  };
}

/**
 * f''(mu) / 2, the coefficient of Var(p) in the expected loss to second order. For CCEL
 * (alpha / mu^2 - (1 - alpha) e^mu) / 2, for CCQL (alpha / mu^2 - (1 - alpha)) / 2.
 *
 * @param mu mean confidence, in (0, 1]
 * @throws UserError when mu is outside (0, 1]
 */
export function varianceCoefficient(loss: LossFormula, mu: number): number {
  if (!(mu > 0 && mu <= 1)) {
    throw badInput('the mean confidence', mu, 'must be in (0, 1]', 'Pass a mean of true-class probabilities');
  }
  return loss.curvatureAt(atProbability(mu)) / 2;
}

/**
 * The confidence p* above which a convex-concave loss is concave in p: where f'' changes from positive to negative, to
 * 1e-12; 0 for a loss that is concave everywhere (CEL, CQL), null for one that is concave nowhere. For CCEL p*^2 e^p* = alpha / (1 - alpha), for CCQL p* = sqrt(alpha / (1 - alpha)). From
 * which alpha on a family is convex everywhere, `describe` of the losses tells.
 */
export function concaveAbove(loss: LossFormula): number | null {
  const { signs, changes } = scanSigns(loss.curvatureAt);
  if (changes.length === 0) return signs.has(-1) ? 0 : null;
  return changes.find(({ to }) => to === -1)?.p ?? null;
}

/** The expansion of E[u] + ln E[p] by the cumulants of u. */
export interface CumulantForm {
  /** E[u] + ln E[p] = E[-ln p] - (-ln E[p]): Jensen's gap of CE. */
  readonly gap: Estimate;
  /** Var(u) / 2, the gap to second order. */
  readonly secondOrder: number;
  /** Var(u) / 2 - kappa_3(u) / 6, the gap to third order. */
  readonly thirdOrder: number;
}

/**
 * Jensen's gap of CE by cumulants: E[u] = -ln E[p] + Var(u) / 2 - kappa_3(u) / 6 + ..., for ln E[e^-u] is the cumulant
 * generating function of u at -1. Derived here: to second order the coefficient on the variance of the CE loss is 1/2.
 */
export function cumulantForm(start: StartDistribution): CumulantForm {
  const u = expectation(start, (at) => at.u);
  const p = expectation(start, (at) => at.p);
  const variance = expectation(start, (at) => (at.u - u.value) ** 2).value;
  const third = expectation(start, (at) => (at.u - u.value) ** 3).value;
  return {
    gap: { value: u.value + Math.log(p.value), error: u.error + p.error / p.value },
    secondOrder: variance / 2,
    thirdOrder: variance / 2 - third / 6,
  };
}

function varianceOf(loss: LossFormula, start: StartDistribution): number | null {
  const values = start.phi.map((phi) => loss.valueAt(atProbability(1 / (1 + Math.exp(-phi)))));
  try {
    return covariance(start, values, values).value;
  } catch {
    return null;
  }
}

/** Keeps the open end p = 0 out. */
function inside(p: number): number {
  return Math.max(p, 1e-300);
}
