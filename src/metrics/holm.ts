import { badInput } from '../errors';

/**
 * Holm's step-down correction (1979, Scandinavian Journal of Statistics 6): the i-th smallest of m p-values is multiplied
 * by m - i + 1, made monotone and capped at 1. Adjusted values below 0.05 keep the chance of any false «different» below
 * 5 %, whatever the dependence.
 *
 * A null (a comparison without a test) stays null and counts among the m, so that leaving it out buys nothing.
 *
 * @param pValues in [0, 1] or null, one a comparison
 * @returns adjusted values in the order of the input
 * @throws UserError when a value is outside [0, 1]
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  pValues.forEach((p, i) => {
    if (p !== null && !(p >= 0 && p <= 1)) {
      throw badInput(`p-value ${i}`, p, 'must be in [0, 1] or null', 'Pass uncorrected p-values');
    }
  });
  const valueAt = (i: number): number => pValues[i] ?? 1;
  const order = pValues.map((_, i) => i).sort((a, b) => valueAt(a) - valueAt(b));
  const adjusted = new Array<number | null>(pValues.length).fill(null);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.min(1, Math.max(largest, valueAt(index) * (pValues.length - rank)));
    if (pValues[index] !== null) adjusted[index] = largest;
  });
  return adjusted;
}
