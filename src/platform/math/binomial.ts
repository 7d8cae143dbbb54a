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
