import { quantileOfSorted, sortedCopy } from '../platform/math/quantile';
import { mean, populationVariance } from '../platform/math/summary';

/** Distribution of per-record cross-entropy losses u = -ln p_y (natural logarithm, whatever loss was trained). */
export interface LossSummary {
  readonly mean: number;
  /** Population variance (divisor n). */
  readonly variance: number;
  readonly median: number;
  readonly q05: number;
  readonly q95: number;
  readonly max: number;
}

/**
 * Sums up per-record losses. Median and quantiles (type 7) stand beside mean and variance because one record that stays
 * misclassified can carry the whole variance.
 *
 * @param losses [n], n >= 1, none NaN
 * @throws UserError when there are no losses or one is NaN
 */
export function lossSummary(losses: ArrayLike<number>): LossSummary {
  const sorted = sortedCopy(losses);
  return {
    mean: mean(sorted),
    variance: populationVariance(sorted),
    median: quantileOfSorted(sorted, 0.5),
    q05: quantileOfSorted(sorted, 0.05),
    q95: quantileOfSorted(sorted, 0.95),
    max: sorted[sorted.length - 1],
  };
}
