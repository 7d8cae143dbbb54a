import { z } from 'zod';
import type { SetAttack } from './attack';
import { forestFit } from './forest-fit';
import { learnedShape, onPosteriors } from './learned-attack';
import { posteriorFeatureShape } from './posterior-features';

const positive = z.number().int('Must be a whole number').min(1, 'Must be at least 1');

export const randomForestParameters = z
  .object({
    ...posteriorFeatureShape,
    ...learnedShape,
    trees: positive.default(100),
    /** Fewest records in a leaf. */
    leaf: positive.default(5),
    /** Cuts tried a feature at most. */
    cuts: positive.max(255, 'Must be at most 255').default(64),
  })
  .strict();
export type RandomForestOptions = z.input<typeof randomForestParameters>;

/** A random forest on the outputs. */
export function randomForest(options: z.output<typeof randomForestParameters>): SetAttack {
  const { trees, leaf, cuts } = options;
  return onPosteriors(options, {
    family: 'random-forest',
    title: 'Random forest on posteriors',
    what: `member share in the leaves of ${trees} trees`,
    reference: 'Breiman 2001; Song and Marn 2020 (TensorFlow Privacy, trained attackers)',
    differences:
      `scikit-learn tries every cut, here ${cuts} quantiles a feature; a leaf has at least ${leaf} records instead of 1, ` +
      'without which shares are 0 or 1 only.',
    mostRecords: 5000,
    learner: (lesson, { seed, effort }) => ({
      cut: lesson.members.reduce((sum, flag) => sum + flag, 0) / lesson.members.length,
      scores: forestFit(lesson, {
        trees: effort === 'check' ? Math.min(trees, 30) : trees,
        leaf,
        cuts,
        seed,
      }),
    }),
  });
}
