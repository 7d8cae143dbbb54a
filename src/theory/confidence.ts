import type { TrueClass } from '../losses/loss';
import { trueClassAtLogit, trueClassOf } from '../losses/probability-loss';

/** One point of the confidence axis, in all its coordinates, each exact where the others have been rounded. */
export interface Confidence extends TrueClass {
  /** Scaled logit ln(p / (1 - p)). */
  readonly phi: number;
}

/** All coordinates from the scaled logit phi: p = 1 / (1 + e^-phi), q = 1 - p, u = -ln p = ln(1 + e^-phi). */
export function atScaledLogit(phi: number): Confidence {
  return { phi, ...trueClassAtLogit(phi) };
}

/** phi = -ln(e^u - 1) of a cross-entropy loss u in (0, Infinity). */
export function scaledLogitOfLoss(u: number): number {
  return u < 1 ? -Math.log(Math.expm1(u)) : -u - Math.log1p(-Math.exp(-u));
}

/** All coordinates from the probability p in (0, 1]. */
export function atProbability(p: number): Confidence {
  const trueClass = trueClassOf(p);
  return { ...trueClass, phi: -trueClass.u - Math.log1p(-p) };
}

/** All coordinates from the cross-entropy loss u in [0, Infinity). */
export function atLoss(u: number): Confidence {
  return { u, p: Math.exp(-u), q: -Math.expm1(-u), phi: scaledLogitOfLoss(u) };
}
