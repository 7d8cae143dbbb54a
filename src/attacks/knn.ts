import { z } from 'zod';
import type { SetAttack } from './attack';
import { knnFit } from './knn-fit';
import { learnedShape, onPosteriors } from './learned-attack';
import { posteriorFeatureShape } from './posterior-features';

export const knnParameters = z
  .object({
    ...posteriorFeatureShape,
    ...learnedShape,
    /** Number of neighbors; all known records if they are fewer. */
    k: z.number().int('Must be a whole number').min(1, 'Must be at least 1').default(25),
  })
  .strict();
export type KnnOptions = z.input<typeof knnParameters>;

/** The share of members among the nearest known records. */
export function knn(options: z.output<typeof knnParameters>): SetAttack {
  return onPosteriors(options, {
    family: 'knn',
    title: 'Nearest neighbors on posteriors',
    what: `member share of the ${options.k} nearest records, Euclidean on standardized values,`,
    reference: 'Song and Marn 2020 (TensorFlow Privacy, trained attackers)',
    differences:
      'scikit-learn breaks ties at the k-th distance by position; here tied records share the places that are left.',
    mostRecords: 2000,
    learner: (lesson) => ({
      cut: lesson.members.reduce((sum, flag) => sum + flag, 0) / lesson.members.length,
      scores: knnFit(lesson, Math.min(options.k, lesson.rows.n)),
    }),
  });
}
