import { z } from 'zod';
import { badInput } from '../errors';
import { scaledLogits, augmentedScaledLogits, modelRow } from '../signals/statistics';
import type { SignalSet } from '../signals/signal-set';
import type { SetAttack } from './attack';
import { learnedAttack, learnedShape } from './learned-attack';
import type { FeatureRows } from './feature-rows';
import { logisticLearner } from './logistic-regression';

export const adaptiveSelenaParameters = z.object({ ...learnedShape }).strict();
export type AdaptiveSelenaOptions = z.input<typeof adaptiveSelenaParameters>;

/**
 * Against SELENA (Tang et al. 2022, USENIX Security, arXiv:2110.08324): each member is answered as by the sub-models that were not
 * trained on it, but only the member itself is; inputs next to it are answered by all sub-models, of which most were trained on it.
 * The distilled model inherits this gap. The adversary asks for the record and for inputs near it and learns from shadow models,
 * trained with SELENA, how the two answers go together for members.
 */
export function adaptiveSelena({ fittedOn, records }: z.output<typeof adaptiveSelenaParameters>): SetAttack {
  return learnedAttack({
    name: 'adaptive-selena',
    title: 'Against SELENA: the record and inputs near it',
    formula:
      'logistic regression on phi(x), mean, smallest and largest phi of the altered copies, and mean phi of the copies - phi(x); ' +
      'phi = ln(p_y / (1 - p_y))',
    reference:
      'SELENA: Tang et al. 2022, arXiv:2110.08324 (section on adaptive attacks); Aerni et al. 2024, arXiv:2404.17399',
    differences:
      "SELENA's authors give their adversary some members and ask near the others' inputs; here the shadow models stand in for known " +
      'members. Aerni et al. plant near-duplicates instead.',
    sees:
      'Knows that SELENA runs and its number of sub-models, not which sub-models hold a record; the probability of the true class of each ' +
      'record and of inputs near it (the altered copies)',
    queries: '1 a record and 1 a copy of it',
    shadows: "shadow models trained with SELENA and the target's settings",
    needs: ['augmented'],
    fittedOn,
    mostRecords: records ?? 20000,
    features: nearFeatures,
    learner: logisticLearner(),
  });
}

function nearFeatures(set: SignalSet, model: number): FeatureRows {
  const near = augmentedScaledLogits(set);
  if (near === undefined || set.augmented === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'inputs near the records are needed',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  const { n } = set;
  const { copies } = set.augmented;
  const own = modelRow(scaledLogits(set), n, model);
  const width = 5;
  const values = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    const start = (model * n + i) * copies;
    let [sum, low, high] = [0, Infinity, -Infinity];
    for (let a = start; a < start + copies; a++) {
      sum += near[a];
      low = Math.min(low, near[a]);
      high = Math.max(high, near[a]);
    }
    values.set([own[i], sum / copies, low, high, sum / copies - own[i]], i * width);
  }
  return { n, width, values };
}
