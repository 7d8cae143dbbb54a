import { badInput } from '../errors';

/**
 * A lower bound of the epsilon of differential privacy, from an attack. It refutes: with 95 % confidence the training is
 * not (e, delta)-DP for any e below `epsilon`. It never shows that a training is private.
 */
export interface EpsilonBound {
  /** >= 0; null where the method gives no bound on such data, with the reason in `reason`. */
  readonly epsilon: number | null;
  /** The delta that the bound is for; an epsilon without it means nothing. */
  readonly delta: number;
  /** How the bound was made, in words. */
  readonly method: string;
  /** Why there is no bound, or one of 0; empty where it says something. */
  readonly reason: string;
}

export function noBound(delta: number, method: string, reason: string): EpsilonBound {
  return { epsilon: null, delta, method, reason };
}

/** Throws UserError unless 0 <= delta < 1. */
export function requireDelta(delta: number): void {
  if (delta >= 0 && delta < 1) return;
  throw badInput('delta', delta, 'must be in [0, 1)', 'Pass 1e-5, or 0 for pure differential privacy');
}

/**
 * The largest parameter in [0, 100] that `rejected` holds for, to 1e-9 and never above it; 0 when it holds nowhere.
 *
 * @param rejected true for small parameters, false for large ones
 */
export function largestRejected(rejected: (parameter: number) => boolean): number {
  if (!rejected(0)) return 0;
  let low = 0;
  let high = 1;
  while (high < 100 && rejected(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (rejected(middle)) low = middle;
    else high = middle;
  }
  return low;
}
