import { z } from 'zod';
import { logSoftmax, scaledLogit } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { SetAttack } from './attack';
import { learnedAttack, learnedShape } from './learned-attack';
import type { FeatureRows } from './feature-rows';
import { logisticLearner } from './logistic-regression';

export const adaptiveRelaxLossParameters = z.object({ ...learnedShape }).strict();
export type AdaptiveRelaxLossOptions = z.input<typeof adaptiveRelaxLossParameters>;

/**
 * Against RelaxLoss (Chen, Yu and Fritz 2022, ICLR, arXiv:2207.05801): training holds members' mean loss at a level, by gradient
 * ascent and by flattening the probabilities of the wrong classes. Members then do not have the lowest losses but losses about
 * that level, and their wrong classes look alike. The adversary learns from shadow models, trained with RelaxLoss, where members'
 * losses lie (a quadratic in phi, so that both sides may count against membership) and how flat their wrong classes are.
 */
export function adaptiveRelaxLoss({
  fittedOn,
  records,
}: z.output<typeof adaptiveRelaxLossParameters>): SetAttack {
  return learnedAttack({
    name: 'adaptive-relaxloss',
    title: 'Against RelaxLoss: level of the loss and flatness of the wrong classes',
    formula:
      'logistic regression on phi, phi^2 (phi clipped to +-30), sd and range of ln p_k over the wrong classes; phi = ln(p_y / (1 - p_y))',
    reference:
      'RelaxLoss: Chen et al. 2022, arXiv:2207.05801; adaptive LiRA against it: Aerni et al. 2024, arXiv:2404.17399',
    differences:
      "RelaxLoss's own evaluation sets thresholds on a shadow model without RelaxLoss. Aerni et al. run LiRA on shadow models with it, " +
      'which `lira` does for any set.',
    sees: 'Knows that RelaxLoss runs and its level; the probabilities of all classes of each record and its label',
    shadows: "shadow models trained with RelaxLoss and the target's level and settings",
    fittedOn,
    mostRecords: records ?? 20000,
    features: (set, model) => levelFeatures(set.model(model)),
    learner: logisticLearner(),
  });
}

function levelFeatures(signals: ModelSignals): FeatureRows {
  const { n, classes, labels } = signals;
  const phi = scaledLogit(signals);
  const all = logSoftmax(signals);
  const width = 4;
  const values = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    let [sum, squares, low, high] = [0, 0, Infinity, -Infinity];
    for (let k = 0; k < classes; k++) {
      if (k === labels[i]) continue;
      const own = all[i * classes + k];
      sum += own;
      low = Math.min(low, own);
      high = Math.max(high, own);
    }
    const mean = sum / (classes - 1);
    for (let k = 0; k < classes; k++) if (k !== labels[i]) squares += (all[i * classes + k] - mean) ** 2;
    const bounded = Math.min(30, Math.max(-30, phi[i]));
    values.set([bounded, bounded ** 2, Math.sqrt(squares / (classes - 1)), high - low], i * width);
  }
  return { n, width, values };
}
