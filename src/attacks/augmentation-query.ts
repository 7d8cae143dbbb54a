import { z } from 'zod';
import { badInput } from '../errors';
import { scaledLogit, topClass } from '../signals/log-softmax';
import type { SignalSet } from '../signals/signal-set';
import { defineAttack, option } from './define-attack';
import { learnedShape, learnedStatement } from './learned-attack';
import type { FeatureRows } from './learners/lesson';
import { networkLearner } from './learners/mlp';

const shape = {
  answers: option(
    z.enum(['labels', 'scaled-logits']).default('labels'),
    'labels: one bit a copy, whether it is classified rightly (label-only); scaled-logits: its ln(p_y / (1 - p_y))',
    'Choquette-Choo et al. 2021 (labels)',
  ),
  ...learnedShape,
};

/**
 * Augmentation query (Choquette-Choo et al. 2021, ICML, arXiv:2007.14321): is the record still recognized when it is rotated or
 * shifted a little? A network learns from shadow models which patterns of right and wrong copies members have. The copies are
 * those of the set's array `augmented`; `rotationQueries` and `translationQueries` name the paper's.
 */
export const augmentationQuery = defineAttack(shape, ({ answers, fittedOn, records }) => {
  const bits = answers === 'labels';
  return learnedStatement({
    name: bits ? 'augmentation-query' : 'augmentation-query/scaled-logits',
    title: `Augmentation query${bits ? '' : ', scaled logits'}`,
    formula: `ln odds of an A-64-32-1 network of ${bits ? 'the bits [copy a is classified rightly]' : 'phi of each copy'}`,
    reference: 'Choquette-Choo et al. 2021, arXiv:2007.14321',
    differences:
      'The official code of CCL scores its rotation attack on the shadow records that it was fitted on, which is not repeated. ' +
      'It has 2 outputs and 5 epochs. Which copies are made is up to the file: rotation by -r, 0, r or shifts with |i| + |j| = d.',
    sees: `${bits ? 'The predicted class' : 'The probability of the true class'} of each altered copy (rotated or shifted) of each record and its label`,
    queries: '1 a copy of a record',
    shadows: 'shadow models trained as the target was, asked with the same copies',
    needs: ['augmented'],
    fittedOn,
    mostRecords: records ?? 5000,
    features: (set, model) => copyFeatures(set, model, bits),
    learner: networkLearner({ hidden: [64, 32], epochs: 20, batch: 64, rate: 0.003 }),
  });
});

/** One feature a copy, [n, A]. */
function copyFeatures(set: SignalSet, model: number, bits: boolean): FeatureRows {
  const { augmented, classes, n } = set;
  if (augmented === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'the augmentation query needs it',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  const { copies } = augmented;
  const logits = augmented.model(model);
  const labels = Int32Array.from({ length: n * copies }, (_, i) => set.labels[Math.floor(i / copies)]);
  const values = bits
    ? Float64Array.from(labels, (label, i) => (topClass(logits, i * classes, classes) === label ? 1 : 0))
    : scaledLogit({ n: n * copies, classes, logits, labels });
  return { n, width: copies, values };
}
