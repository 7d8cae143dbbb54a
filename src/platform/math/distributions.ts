import stdlibErfc from '@stdlib/math-base-special-erfc';
import stdlibBetaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import stdlibNormalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import stdlibTCdf from '@stdlib/stats-base-dists-t-cdf';
import stdlibTQuantile from '@stdlib/stats-base-dists-t-quantile';
import { badInput } from '../../errors';

/** Standard normal quantile: z with P(Z <= z) = p. p in [0, 1]; NaN outside. */
export function normalQuantile(p: number): number {
  return stdlibNormalQuantile(p, 0, 1);
}

/** Quantile of the beta distribution with shapes a > 0 and b > 0. p in [0, 1]; NaN outside. */
export function betaQuantile(p: number, a: number, b: number): number {
  return stdlibBetaQuantile(p, a, b);
}

/** Quantile of Student's t distribution with `df` > 0 degrees of freedom. p in [0, 1]; NaN outside. */
export function tQuantile(p: number, df: number): number {
  return stdlibTQuantile(p, df);
}

/** Two-sided p-value of a t statistic: P(|T| >= |t|), from the lower tail so that small values keep their digits. */
export function tTwoSidedP(t: number, df: number): number {
  return 2 * stdlibTCdf(-Math.abs(t), df);
}

/** Standard normal distribution function P(Z <= z), exact in both tails. */
export function normalCdf(z: number): number {
  return stdlibErfc(-z / Math.SQRT2) / 2;
}

/** The part of a binomial distribution that carries its mass: probabilities of first, first + 1, … */
export interface BinomialMass {
  readonly first: number;
  readonly probabilities: Float64Array;
}

/** Terms below this share of the largest are left out: together they cannot reach 1e-14 of the mass. */
const NEGLIGIBLE = 1e-18;

/**
 * Probabilities of Bin(n, p) around its mode, by the ratio of neighbours P(i + 1) / P(i) = (n - i) p / ((i + 1) (1 - p)),
 * scaled to sum to 1. Needs no factorials, so n may be millions; costs O(sqrt(n p (1 - p))).
 *
 * @param n number of trials, an integer >= 0
 * @param p probability of success, in [0, 1]
 */
export function binomialMass(n: number, p: number): BinomialMass {
  if (p <= 0) return { first: 0, probabilities: Float64Array.of(1) };
  if (p >= 1) return { first: n, probabilities: Float64Array.of(1) };
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  const above: number[] = [];
  for (let i = mode, term = 1; i < n && term > NEGLIGIBLE; i++)
    above.push((term *= ((n - i) / (i + 1)) * odds));
  const below: number[] = [];
  for (let i = mode, term = 1; i > 0 && term > NEGLIGIBLE; i--) below.push((term *= i / (n - i + 1) / odds));
  const probabilities = new Float64Array(below.length + 1 + above.length);
  below.forEach((term, i) => (probabilities[below.length - 1 - i] = term));
  probabilities[below.length] = 1;
  probabilities.set(above, below.length + 1);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += probabilities[i];
  for (let i = 0; i < probabilities.length; i++) probabilities[i] /= sum;
  return { first: mode - below.length, probabilities };
}

/** P(X <= k) for X ~ Bin(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  const { first, probabilities } = binomialMass(n, p);
  let sum = 0;
  for (let i = 0; i < probabilities.length && first + i <= k; i++) sum += probabilities[i];
  return Math.min(1, sum);
}

/**
 * P(X >= x) for X of the chi-square distribution with `df` degrees of freedom: the upper regularized gamma function
 * Q(df / 2, x / 2), by Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1) from Q(1/2, y) = erfc(sqrt y) or Q(1, y) = e^-y.
 * All terms are positive, so small values keep their digits. Costs df / 2 steps.
 *
 * @param x >= 0
 * @param df an integer >= 1
 * @throws UserError when an argument is outside its range
 */
export function chiSquareUpperTail(x: number, df: number): number {
  if (!(x >= 0)) throw badInput('the chi-square statistic', x, 'must be at least 0', 'Check the table');
  if (!Number.isInteger(df) || df < 1) {
    throw badInput('the degrees of freedom', df, 'must be an integer of at least 1', 'Pass two categories');
  }
  const y = x / 2;
  if (y === 0) return 1;
  const odd = df % 2 === 1;
  let sum = odd ? stdlibErfc(Math.sqrt(y)) : Math.exp(-y);
  // ln of y^a e^-y / Gamma(a + 1), first for a = 1/2, Gamma(3/2) = sqrt(pi) / 2, or a = 1.
  let logTerm = odd ? Math.log(y) / 2 - y - Math.log(Math.sqrt(Math.PI) / 2) : Math.log(y) - y;
  for (let a = odd ? 0.5 : 1; a < df / 2; a++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(y) - Math.log(a + 1);
  }
  return Math.min(1, sum);
}

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/**
 * ln Phi(z) of the standard normal distribution, accurate in both tails: to the left by the asymptotic series of Mills'
 * ratio where Phi itself would underflow, to the right through log1p. 0 only above z = 38.
 */
export function logNormalCdf(z: number): number {
  if (z > 0) return Math.log1p(-normalCdf(-z));
  if (z > -30) return Math.log(normalCdf(z));
  let term = 1;
  let sum = 0;
  for (let k = 1; k <= 8; k++) {
    term *= -(2 * k - 1) / (z * z);
    sum += term;
  }
  return -0.5 * z * z - halfLogTwoPi - Math.log(-z) + Math.log1p(sum);
}
