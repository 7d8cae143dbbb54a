import { badInput } from '../../errors';

/**
 * Sample quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, The American
 * Statistician 50(4); the default of numpy and R): with h = (n - 1) q, x[floor h] + (h - floor h) (x[floor h + 1] - x[floor h]).
 *
 * @param values at least one number, none NaN, in any order; not changed
 * @param q in [0, 1]
 * @throws UserError when `values` is empty or holds NaN, or q is outside [0, 1]
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileOfSorted(sortedCopy(values), q);
}

/** The values in ascending order, as a new float64 array. Throws UserError on NaN, which has no place in an order. */
export function sortedCopy(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  // The sort of typed arrays puts NaN last.
  if (sorted.length > 0 && Number.isNaN(sorted[sorted.length - 1])) {
    const index = Array.from(values).findIndex(Number.isNaN);
    throw badInput(`values[${index}]`, NaN, 'a quantile needs numbers', 'Look for the step that made it NaN');
  }
  return sorted;
}

/** As `quantile`, for values that are in ascending order already (not checked). */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) throw badInput('the number of values', 0, 'a quantile needs at least one', 'Pass some values');
  if (!(q >= 0 && q <= 1)) throw badInput('q', q, 'must be in [0, 1]', 'Pass 0.5 for the median');
  const h = (n - 1) * q;
  const below = Math.floor(h);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, n - 1)];
  // Equal neighbours may both be infinite, where the difference would be NaN.
  return low === high ? low : low + (h - below) * (high - low);
}

/** Sum in float64 with Neumaier's compensation (1974): the error does not grow with the number of terms. */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  // Once a sum is infinite its compensation is NaN.
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** Arithmetic mean. Throws UserError when there are no values. */
export function mean(values: ArrayLike<number>): number {
  requireCount(values, 1, 'a mean');
  return compensatedSum(values) / values.length;
}

/** Population variance, sum (x - mean)^2 / n, in two passes. Throws UserError when there are no values. */
export function populationVariance(values: ArrayLike<number>): number {
  requireCount(values, 1, 'a population variance');
  return sumOfSquares(values) / values.length;
}

/** Sample variance, sum (x - mean)^2 / (n - 1), in two passes. Throws UserError with fewer than two values. */
export function sampleVariance(values: ArrayLike<number>): number {
  requireCount(values, 2, 'a sample variance');
  return sumOfSquares(values) / (values.length - 1);
}

/** Sum of squared deviations from the mean; the corrected two-pass form of Chan, Golub and LeVeque (1983). */
function sumOfSquares(values: ArrayLike<number>): number {
  const center = mean(values);
  const deviations = Float64Array.from(values, (value) => value - center);
  const drift = compensatedSum(deviations);
  for (let i = 0; i < deviations.length; i++) deviations[i] *= deviations[i];
  return Math.max(0, compensatedSum(deviations) - (drift * drift) / values.length);
}

function requireCount(values: ArrayLike<number>, least: number, what: string): void {
  if (values.length >= least) return;
  throw badInput(
    'the number of values',
    values.length,
    `${what} needs at least ${least}`,
    'Pass more values',
  );
}
