import { z } from 'zod';
import type { SetAttack } from './attack';
import { learnedShape, onPosteriors } from './learned-attack';
import { posteriorFeatureShape } from './posterior-features';
import { svmFit } from './svm-fit';

export const svmParameters = z
  .object({
    ...posteriorFeatureShape,
    ...learnedShape,
    /** Penalty of the slack, as scikit-learn's C. */
    c: z.number().positive('Must be above 0').finite('Must be finite').default(1),
  })
  .strict();
export type SvmOptions = z.input<typeof svmParameters>;

/** A support vector machine with a Gaussian kernel; the score is its decision value. */
export function svm(options: z.output<typeof svmParameters>): SetAttack {
  return onPosteriors(options, {
    family: 'svm',
    title: 'Support vector machine on posteriors',
    what: 'decision value of an SVM with Gaussian kernel (gamma 1 / number of features, standardized)',
    reference: 'Fan, Chen and Lin 2005 (the solver); attackers of the Adversarial Robustness Toolbox',
    differences:
      'The optimum is that of scikit-learn on the same records; at most 1,500 are used unless told.',
    mostRecords: 1500,
    learner: (lesson) => ({ cut: 0, scores: svmFit(lesson, { c: options.c }) }),
  });
}
