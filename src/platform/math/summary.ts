import { badInput } from '../../errors';

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
