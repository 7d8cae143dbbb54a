import { badInput } from '../errors';
import { lossOfScaledLogit } from '../platform/math/scaled-logit';
import type { SignalSet } from '../signals/signal-set';
import {
  augmentedHingeMargins,
  augmentedScaledLogits,
  crossEntropies,
  hingeMargins,
  scaledLogits,
  trueClassProbabilities,
} from '../signals/statistics';

/** What LiRA takes for Gaussian, and how each is written; higher = member. */
export const liraStatistics = {
  'scaled-logit': 'ln(p_y / (1 - p_y))',
  loss: 'ln p_y',
  confidence: 'p_y',
  hinge: 'z_y - max_{k != y} z_k',
} as const;

export type LiraStatistic = keyof typeof liraStatistics;

export type LiraQueries = 'record' | 'augmented';

/**
 * The statistic of all models, row-major [M, n], or [M, n, A] on the altered copies. All are finite in float64 where p_y is
 * 0 or 1, since they come from logits by stable sums.
 *
 * @throws UserError when copies are asked for and the set has none
 */
export function liraStatistic(set: SignalSet, statistic: LiraStatistic, queries: LiraQueries): Float64Array {
  return queries === 'augmented' ? onCopies(set, statistic) : onRecords(set, statistic);
}

function onRecords(set: SignalSet, statistic: LiraStatistic): Float64Array {
  switch (statistic) {
    case 'scaled-logit':
      return scaledLogits(set);
    case 'loss':
      return crossEntropies(set).map((loss) => -loss);
    case 'confidence':
      return trueClassProbabilities(set);
    case 'hinge':
      return hingeMargins(set);
  }
}

function onCopies(set: SignalSet, statistic: LiraStatistic): Float64Array {
  const values = statistic === 'hinge' ? augmentedHingeMargins(set) : augmentedScaledLogits(set);
  if (values === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'several queries a record need it',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  switch (statistic) {
    case 'loss':
      return values.map((phi) => -lossOfScaledLogit(phi));
    case 'confidence':
      return values.map((phi) => Math.exp(-lossOfScaledLogit(phi)));
    default:
      return values;
  }
}
