import { z } from 'zod';
import type { SetAttack } from './attack';
import { learnedShape, onPosteriors } from './learned-attack';
import { priorLogOdds, type Learner } from './learner';
import { mlpFit, type MlpOptions } from './mlp-fit';
import { posteriorFeatureShape } from './posterior-features';

const positive = z.number().int('Must be a whole number').min(1, 'Must be at least 1');

const networkShape = {
  /** Widths of the hidden layers; the official code of CCL has [64, 32], RelaxLoss's [100]. */
  hidden: z.array(positive.max(4096)).max(8).default([64, 32]),
  epochs: positive.default(20),
  batch: positive.default(64),
  /** Adam's learning rate. */
  rate: z.number().positive('Must be above 0').finite('Must be finite').default(0.003),
};

export const nnParameters = z.object({ ...posteriorFeatureShape, ...learnedShape, ...networkShape }).strict();
export type NnOptions = z.input<typeof nnParameters>;

/** A small network as a learner of membership; its score is the ln odds of a member. */
export function networkLearner(options: Omit<MlpOptions, 'seed'>): Learner {
  return (lesson, { seed, effort }) => {
    const quick = effort === 'check' ? { epochs: 8, batch: 16 } : {};
    return {
      cut: priorLogOdds(lesson.members),
      scores: mlpFit(lesson, { ...options, ...quick, seed }),
    };
  };
}

/**
 * A neural network on the outputs (Shokri et al. 2017, IEEE S&P, arXiv:1610.05820; Salem et al. 2019, NDSS,
 * arXiv:1806.01246): one network for all classes, on sorted or unsorted outputs, with or without the label.
 */
export function nn(options: z.output<typeof nnParameters>): SetAttack {
  return onPosteriors(options, {
    family: 'nn',
    title: 'Neural network on posteriors',
    what: `ln odds of a ${['k', ...options.hidden, 1].join('-')} network`,
    reference: 'Shokri et al. 2017, arXiv:1610.05820; Salem et al. 2019, arXiv:1806.01246',
    differences:
      'The official code of CCL takes unsorted probabilities without the label (100 epochs at 0.001 with batches of 128), ' +
      "RelaxLoss's code sorted logits with one hidden layer of 100; both leave features as they are, here they are " +
      'standardized, and log-probabilities are the default since probabilities tie near 1. One network for all classes, ' +
      'not one a class.',
    mostRecords: 5000,
    learner: networkLearner(options),
  });
}
