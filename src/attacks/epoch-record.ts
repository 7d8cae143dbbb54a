import { badInput } from '../errors';
import { lossOfScaledLogit } from '../platform/math/scaled-logit';
import { quantileOfSorted, sortedCopy } from '../platform/math/quantile';
import { compensatedSum, mean, populationVariance } from '../platform/math/summary';
import { checkSignals } from '../signals/check-signals';
import type { ModelSignals } from '../signals/model-signals';
import { outputQuantities } from './output-quantities';

/** What is recorded of each quantity, for members and non-members apart. */
export interface EpochStatistics {
  readonly mean: number;
  /** Population variance (divisor n). */
  readonly variance: number;
  /** Quantiles (type 7), named by their percentage. */
  readonly quantiles: Readonly<Record<'1' | '5' | '25' | '50' | '75' | '95' | '99', number>>;
  /**
   * Share of the sum of squared deviations from the mean that the hundredth part of the records farthest from it carries
   * (at least one record), in [0, 1]; 0 where all values are equal. About 0.08 for a normal distribution; near 1 when a few
   * records that stay misclassified carry the whole variance.
   */
  readonly tailWeight: number;
}

/** The quantities of a record, in natural logarithms. */
export type EpochQuantity = 'loss' | 'trueClassProbability' | 'entropy' | 'modifiedEntropy' | 'scaledLogit';

/** One evaluated epoch of one model. */
export interface EpochRecord {
  readonly epoch: number;
  readonly members: Readonly<Record<EpochQuantity, EpochStatistics>>;
  readonly nonMembers: Readonly<Record<EpochQuantity, EpochStatistics>>;
}

/**
 * Records one epoch: mean, variance, quantiles and tail weight of the CE loss u = -ln p_y, of p_y, of the entropy
 * -sum p ln p, of the modified entropy (Song and Mittal 2021, arXiv:2003.10595) and of the scaled logit ln(p_y / (1 - p_y)),
 * for members and non-members apart. Pure; entropies have the opposite sign of the attacks' scores (higher = less certain).
 *
 * @param signals outputs of the model after that epoch on members and non-members
 * @param epoch whole number >= 0
 * @throws UserError for malformed signals, no members or no non-members, or a bad epoch
 */
export function recordEpoch(signals: ModelSignals, epoch: number): EpochRecord {
  if (!(Number.isInteger(epoch) && epoch >= 0)) {
    throw badInput('epoch', epoch, 'must be a whole number >= 0', 'Pass the number of finished epochs');
  }
  checkSignals(signals);
  const outputs = outputQuantities(signals);
  const loss = outputs.scaledLogit.map(lossOfScaledLogit);
  const trueClassProbability = loss.map((u) => Math.exp(-u));
  const quantities: Record<EpochQuantity, Float64Array> = { loss, trueClassProbability, ...outputs };
  const side = (member: 0 | 1): Record<EpochQuantity, EpochStatistics> => {
    const pick = (values: Float64Array): Float64Array =>
      values.filter((_, i) => signals.members[i] === member);
    const entries = Object.entries(quantities).map(([name, values]) => [name, statisticsOf(pick(values))]);
    return Object.fromEntries(entries) as Record<EpochQuantity, EpochStatistics>;
  };
  return { epoch, members: side(1), nonMembers: side(0) };
}

/** Mean, variance, quantiles and tail weight of values, [n], n >= 1. Throws UserError when there are none or one is NaN. */
export function statisticsOf(values: ArrayLike<number>): EpochStatistics {
  const sorted = sortedCopy(values);
  const variance = populationVariance(sorted);
  const tail = compensatedSum(farthestSquares(sorted, Math.max(1, Math.floor(sorted.length / 100))));
  const q = (percent: number): number => quantileOfSorted(sorted, percent / 100);
  return {
    mean: mean(sorted),
    variance,
    quantiles: { 1: q(1), 5: q(5), 25: q(25), 50: q(50), 75: q(75), 95: q(95), 99: q(99) },
    tailWeight: variance === 0 ? 0 : Math.min(1, tail / (variance * sorted.length)),
  };
}

/** The largest squared deviations from the mean, so many of them: they stand at the two ends of the sorted values. */
function farthestSquares(sorted: Float64Array, count: number): Float64Array {
  const center = mean(sorted);
  let [low, high] = [0, sorted.length - 1];
  return Float64Array.from({ length: count }, () => {
    const [below, above] = [center - sorted[low], sorted[high] - center];
    if (below > above) low++;
    else high--;
    return Math.max(below, above) ** 2;
  });
}
