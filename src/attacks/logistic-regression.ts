import { z } from 'zod';
import type { SetAttack } from './attack';
import { learnedShape, onPosteriors } from './learned-attack';
import { priorLogOdds, type Learner } from './learner';
import { logisticFit, logisticScores } from './logistic-fit';
import { posteriorFeatureShape } from './posterior-features';

const penalty = z.number().positive('Must be above 0').finite('Must be finite');

export const logisticRegressionParameters = z
  .object({
    ...posteriorFeatureShape,
    ...learnedShape,
    /** Inverse strength of the penalty, as scikit-learn's C. */
    c: penalty.default(1),
  })
  .strict();
export type LogisticRegressionOptions = z.input<typeof logisticRegressionParameters>;

/** A logistic regression as a learner of membership; its score is the ln odds of a member. */
export function logisticLearner(c = 1): Learner {
  return ({ rows, members }) => {
    const model = logisticFit(rows, members, c);
    return { cut: priorLogOdds(members), scores: (asked) => logisticScores(model, asked) };
  };
}

/** A logistic regression on standardized outputs, fitted to its exact optimum. */
export function logisticRegression(options: z.output<typeof logisticRegressionParameters>): SetAttack {
  return onPosteriors(options, {
    family: 'logistic-regression',
    title: 'Logistic regression on posteriors',
    what: 'ln odds of a logistic regression',
    reference:
      'Song and Marn 2020 (TensorFlow Privacy, trained attackers); Salem et al. 2019, arXiv:1806.01246',
    differences:
      "TensorFlow Privacy fits it on the target's own records with cross-validated C and reports the test part; here C is " +
      'fixed (1) and shadow models are the default.',
    mostRecords: 20000,
    learner: logisticLearner(options.c),
  });
}
