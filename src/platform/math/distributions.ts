import stdlibErfc from '@stdlib/math-base-special-erfc';
import stdlibBetaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import stdlibNormalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import stdlibTCdf from '@stdlib/stats-base-dists-t-cdf';
import stdlibTQuantile from '@stdlib/stats-base-dists-t-quantile';

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
