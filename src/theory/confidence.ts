import type { ProbabilityLoss, TrueClass } from '../losses/loss';
import { trueClassAtLogit, trueClassOf } from '../losses/probability-loss';

/** What the theory needs of a loss of kind p: its formulas on numbers, without tensors. Every loss of kind p is one. */
export type LossFormula = Pick<
  ProbabilityLoss,
  'label' | 'constantWeight' | 'valueAt' | 'slopeAt' | 'curvatureAt' | 'weightAt' | 'weightSlopeAt'
>;

/** A family of losses indexed by alpha in [0, 1], e.g. `(alpha) => loss('ccel', { alpha })`. */
export type LossFamily = (alpha: number) => LossFormula;

/** One point of the confidence axis, in all its coordinates, each exact where the others have been rounded. */
export interface Confidence extends TrueClass {
  /** Scaled logit ln(p / (1 - p)). */
  readonly phi: number;
}

/** All coordinates from the scaled logit phi: p = 1 / (1 + e^-phi), q = 1 - p, u = -ln p = ln(1 + e^-phi). */
export function atScaledLogit(phi: number): Confidence {
  // Without a spread, which takes longer than the numbers do: solvers ask millions of times.
  const { p, q, u } = trueClassAtLogit(phi);
  return { phi, p, q, u };
}

/** phi = -ln(e^u - 1) of a cross-entropy loss u in (0, Infinity). */
export function scaledLogitOfLoss(u: number): number {
  return u < 1 ? -Math.log(Math.expm1(u)) : -u - Math.log1p(-Math.exp(-u));
}

/** All coordinates from the probability p in (0, 1]. */
export function atProbability(p: number): Confidence {
  const { q, u } = trueClassOf(p);
  return { p, q, u, phi: -u - Math.log1p(-p) };
}

/** All coordinates from the cross-entropy loss u in [0, Infinity). */
export function atLoss(u: number): Confidence {
  return { u, p: Math.exp(-u), q: -Math.expm1(-u), phi: scaledLogitOfLoss(u) };
}
