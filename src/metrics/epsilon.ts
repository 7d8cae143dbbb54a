import { badInput } from '../errors';
import { binomialMass, normalCdf, normalQuantile } from '../platform/math/distributions';

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

/** Guesses of an auditor about the membership of canaries of one training run. */
export interface OneRunGuesses {
  /** Canaries m, each included by its own fair coin. */
  readonly canaries: number;
  /** Guesses r <= m; on the other canaries the auditor abstains. The number was fixed without the coins. */
  readonly guesses: number;
  /** Right guesses v <= r. */
  readonly correct: number;
}

/** Chance of error of every bound here. */
const ERROR = 0.05;

/**
 * The chance of `correct` or more right guesses under (epsilon, delta)-DP, at most (Steinke, Nasr and Jagielski 2023,
 * «Privacy auditing with one (1) training run», NeurIPS, theorem 5.2 and its corollary): with X ~ Bin(r, e^epsilon /
 * (1 + e^epsilon)), p = P(X >= v) + 2 m delta max over i = 1 .. v of P(v > X >= v - i) / i, at most 1.
 *
 * @throws UserError unless 0 <= v <= r <= m are integers, epsilon >= 0 and 0 <= delta < 1
 */
export function oneRunPValue(guesses: OneRunGuesses, epsilon: number, delta: number): number {
  requireGuesses(guesses);
  requireDelta(delta);
  if (!(epsilon >= 0)) throw badInput('epsilon', epsilon, 'must be at least 0', 'Pass 0 or more');
  const { canaries, guesses: r, correct: v } = guesses;
  const { first, probabilities } = binomialMass(r, 1 / (1 + Math.exp(-epsilon)));
  let reached = 0;
  for (let i = Math.max(0, v - first); i < probabilities.length; i++) reached += probabilities[i];
  let steepest = 0;
  let sum = 0;
  // Below `first` nothing is added and the quotient only falls.
  for (let i = 1; i <= v && v - i >= first; i++) {
    sum += probabilities[v - i - first] ?? 0;
    steepest = Math.max(steepest, sum / i);
  }
  return Math.min(1, reached + 2 * canaries * delta * steepest);
}

/** The largest epsilon that `oneRunPValue` rejects at 5 %; 0 when it rejects none. In [0, 100]. */
export function oneRunEpsilon(guesses: OneRunGuesses, delta: number): number {
  return largestRejected((epsilon) => oneRunPValue(guesses, epsilon, delta) < ERROR);
}

/**
 * A trade-off in the form that the audit needs: the least chance of an event without a record whose chance with the
 * record is x. Convex and increasing on [0, 1].
 */
export type LeastChance = (x: number) => number;

/** Of (epsilon, delta)-DP: max(0, e^-epsilon (x - delta), 1 - delta - e^epsilon (1 - x)). */
export function leastChanceOfDp(epsilon: number, delta: number): LeastChance {
  return (x) => Math.max(0, Math.exp(-epsilon) * (x - delta), 1 - delta - Math.exp(epsilon) * (1 - x));
}

/** Of mu-Gaussian DP (Dong, Roth and Su 2022, JRSS B): Phi(Phi^-1(x) - mu). */
export function leastChanceOfGaussianDp(mu: number): LeastChance {
  return (x) => normalCdf(normalQuantile(Math.min(1, x)) - mu);
}

/**
 * Whether `correct` or more right guesses have a chance below 5 % under a trade-off (Mahloujifar, Melis and Chaudhuri
 * 2024, arXiv:2410.22235, algorithm with abstention for two values). With a random canary, let r_i be the chance that it
 * is guessed rightly and i or more guesses are right, and h_i that it is guessed wrongly and i or more are right. Turning
 * its coin makes a right guess wrong, hence h_i >= leastChance(r_(i+1)), while r_i - r_(i+1) = i / (r - i) (h_i - h_(i+1)).
 * From r_v = 0.05 v / m and h_v = 0.05 (r - v) / m down to 0; if then r_0 + h_0 exceeds the chance r / m of a guess, 5 %
 * was too much to assume.
 *
 * @throws UserError unless 0 <= v <= r <= m are integers
 */
export function fDpRejected(guesses: OneRunGuesses, leastChance: LeastChance): boolean {
  requireGuesses(guesses);
  const { canaries: m, guesses: r, correct: v } = guesses;
  let right = (ERROR * v) / m;
  let wrong = (ERROR * (r - v)) / m;
  for (let i = v - 1; i >= 0; i--) {
    const next = Math.max(wrong, leastChance(right));
    right += (i / (r - i)) * (next - wrong);
    wrong = next;
    // Both only grow, so the answer is known.
    if (right + wrong > r / m) return true;
  }
  return false;
}

/** The largest epsilon in [0, 100] that `fDpRejected` rejects for (epsilon, delta)-DP; 0 when it rejects none. */
export function fDpEpsilon(guesses: OneRunGuesses, delta: number): number {
  requireDelta(delta);
  return largestRejected((epsilon) => fDpRejected(guesses, leastChanceOfDp(epsilon, delta)));
}

/**
 * The largest mu in [0, 100] for which mu-Gaussian DP is rejected. As a bound of epsilon (`epsilonOfGaussianDp`) it
 * holds only for trainings whose trade-off is a Gaussian's, such as one step of noisy full-batch gradient descent.
 */
export function fDpGaussianMu(guesses: OneRunGuesses): number {
  return largestRejected((mu) => fDpRejected(guesses, leastChanceOfGaussianDp(mu)));
}

/**
 * The epsilon of mu-Gaussian DP at delta > 0: the root of delta = Phi(mu / 2 - e / mu) - exp(e) Phi(-mu / 2 - e / mu)
 * (Balle and Wang 2018, ICML, theorem 8); 0 where even e = 0 has a smaller delta.
 */
export function epsilonOfGaussianDp(mu: number, delta: number): number {
  requireDelta(delta);
  if (mu === 0) return 0;
  if (delta === 0) return Infinity;
  const deltaAt = (e: number): number =>
    normalCdf(mu / 2 - e / mu) - Math.exp(e) * normalCdf(-mu / 2 - e / mu);
  return largestRejected((e) => deltaAt(e) > delta);
}

function requireGuesses({ canaries, guesses, correct }: OneRunGuesses): void {
  const whole = [canaries, guesses, correct].every((value) => Number.isInteger(value) && value >= 0);
  if (whole && correct <= guesses && guesses <= canaries && canaries > 0) return;
  throw badInput(
    'the guesses',
    { canaries, guesses, correct },
    'must be whole numbers with correct <= guesses <= canaries',
    'Pass counts',
  );
}
