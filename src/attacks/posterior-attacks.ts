import { z } from 'zod';
import { logSoftmax, scaledLogit, topClass } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/signal-set';
import { aboveZero, defineAttack, option, positive, type Filled, type SetStatement } from './define-attack';
import { learnedShape, learnedStatement, type LearnedAttackParts } from './learned-attack';
import type { FeatureRows } from './learners/lesson';
import { forestFit } from './learners/forest';
import { knnFit } from './learners/knn';
import { logisticLearner } from './learners/logistic';
import { networkLearner } from './learners/mlp';
import { svmFit } from './learners/svm';

/** What an attacker that learns from outputs is shown of a record. */
const featureShape = {
  outputs: option(
    z.enum(['log-probabilities', 'probabilities', 'logits']).default('log-probabilities'),
    'log-probabilities tell confident records apart; probabilities tie near 1',
    'Shokri et al. 2017 and the official code of CCL have probabilities, RelaxLoss logits; logarithms are ours',
  ),
  sorted: option(
    z.boolean().default(true),
    "whether a record's outputs are put into descending order, which hides which class is which",
    'Salem et al. 2019 sort, Shokri et al. 2017 do not',
  ),
  top: option(
    z.number().int('Must be a whole number').min(1, 'Must be at least 1').max(1000).default(10),
    'only the largest so many outputs of a record, if sorted',
    'Salem et al. 2019, who keep 3',
  ),
  label: option(
    z.enum(['none', 'true-class', 'one-hot']).default('true-class'),
    'true-class adds ln(p_y / (1 - p_y)) and whether the record is classified rightly; one-hot one feature a class',
    'Nasr et al. 2018, arXiv:1807.05852 (one-hot); true-class is ours',
  ),
};

export type PosteriorFeatures = Filled<typeof featureShape>;
const shape = { ...featureShape, ...learnedShape };

/** What the attackers share. */
function onPosteriors(
  options: PosteriorFeatures & { readonly fittedOn: 'shadow models' | 'target'; readonly records?: number },
  own: Pick<LearnedAttackParts, 'title' | 'reference' | 'learner'> & {
    /** The first part of the name. */
    readonly family: string;
    readonly what: string;
    readonly mostRecords: number;
    readonly differences?: string;
  },
): SetStatement {
  const words = featureWords(options);
  return learnedStatement({
    name: `${own.family}/${featureName(options)}`,
    title: `${own.title}, ${featureName(options).replace(/-/g, ' ')}`,
    formula: `${own.what} of ${words}`,
    reference: own.reference,
    ...(own.differences === undefined ? {} : { differences: own.differences }),
    sees: `The ${options.outputs} of all classes of each record${options.label === 'none' ? '' : ' and its label'}`,
    fittedOn: options.fittedOn,
    ...(options.label === 'none' && { withoutLabels: true as const }),
    mostRecords: options.records ?? own.mostRecords,
    features: (set, model) => posteriorFeatures(set.model(model), options),
    learner: own.learner,
  });
}

/**
 * A neural network on the outputs (Shokri et al. 2017, IEEE S&P, arXiv:1610.05820; Salem et al. 2019, NDSS,
 * arXiv:1806.01246): one network for all classes, on sorted or unsorted outputs, with or without the label.
 */
export const nn = defineAttack(
  {
    ...shape,
    hidden: option(
      z.array(positive.max(4096)).max(8).default([64, 32]),
      'widths of the hidden layers',
      "official code of CCL ([64, 32]); RelaxLoss's code has [100]",
    ),
    epochs: option(
      positive.default(20),
      'passes over the records',
      'ours; the official code of CCL has 100 at rate 0.001',
    ),
    batch: option(positive.default(64), 'records a step', 'ours; the official code of CCL has 128'),
    rate: option(
      aboveZero.default(0.003),
      "Adam's learning rate",
      'ours; the official code of CCL has 0.001',
    ),
  },
  (options) =>
    onPosteriors(options, {
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
    }),
);

/** A logistic regression on standardized outputs, fitted to its exact optimum. */
export const logisticRegression = defineAttack(
  {
    ...shape,
    c: option(
      aboveZero.default(1),
      'inverse strength of the penalty',
      'LogisticRegression of scikit-learn (C)',
    ),
  },
  (options) =>
    onPosteriors(options, {
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
    }),
);

/** A random forest on the outputs. */
export const randomForest = defineAttack(
  {
    ...shape,
    trees: option(positive.default(100), 'number of trees', 'RandomForestClassifier of scikit-learn'),
    leaf: option(positive.default(5), 'fewest records in a leaf', 'ours; scikit-learn has 1'),
    cuts: option(
      positive.max(255, 'Must be at most 255').default(64),
      'cuts tried a feature at most',
      'ours; scikit-learn tries all',
    ),
  },
  (options) =>
    onPosteriors(options, {
      family: 'random-forest',
      title: 'Random forest on posteriors',
      what: `member share in the leaves of ${options.trees} trees`,
      reference: 'Breiman 2001; Song and Marn 2020 (TensorFlow Privacy, trained attackers)',
      differences:
        `scikit-learn tries every cut, here ${options.cuts} quantiles a feature; a leaf has at least ${options.leaf} records instead of 1, ` +
        'without which shares are 0 or 1 only.',
      mostRecords: 5000,
      learner: (lesson, { seed, effort }) => ({
        cut: lesson.members.reduce((sum, flag) => sum + flag, 0) / lesson.members.length,
        scores: forestFit(lesson, {
          ...options,
          trees: effort === 'check' ? Math.min(options.trees, 30) : options.trees,
          seed,
        }),
      }),
    }),
);

/** A support vector machine with a Gaussian kernel; the score is its decision value. */
export const svm = defineAttack(
  { ...shape, c: option(aboveZero.default(1), 'penalty of the slack', 'SVC of scikit-learn (C)') },
  (options) =>
    onPosteriors(options, {
      family: 'svm',
      title: 'Support vector machine on posteriors',
      what: 'decision value of an SVM with Gaussian kernel (gamma 1 / number of features, standardized)',
      reference: 'Fan, Chen and Lin 2005 (the solver); attackers of the Adversarial Robustness Toolbox',
      differences:
        'The optimum is that of scikit-learn on the same records; at most 1,500 are used unless told.',
      mostRecords: 1500,
      learner: (lesson) => ({ cut: 0, scores: svmFit(lesson, { c: options.c }) }),
    }),
);

/** The share of members among the nearest known records. */
export const knn = defineAttack(
  {
    ...shape,
    k: option(
      positive.default(25),
      'number of neighbors; all known records if they are fewer',
      'TensorFlow Privacy searches it; 25 is ours',
    ),
  },
  (options) =>
    onPosteriors(options, {
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
    }),
);

/** Features of records, row-major [n, width]: the outputs first, then what the label adds. */
export function posteriorFeatures(signals: ModelSignals, options: PosteriorFeatures): FeatureRows {
  const { n, classes, logits, labels } = signals;
  const { outputs, sorted, label } = options;
  const kept = sorted ? Math.min(options.top, classes) : classes;
  const width = kept + (label === 'none' ? 0 : label === 'one-hot' ? classes : 2);
  const values = new Float64Array(n * width);
  const all = outputs === 'logits' ? logits : logSoftmax(signals);
  const phi = label === 'true-class' ? scaledLogit(signals) : undefined;
  const own = new Float64Array(classes);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < classes; k++) own[k] = all[i * classes + k];
    if (outputs === 'probabilities') for (let k = 0; k < classes; k++) own[k] = Math.exp(own[k]);
    if (sorted) own.sort();
    for (let k = 0; k < kept; k++) values[i * width + k] = own[sorted ? classes - 1 - k : k];
    if (label === 'one-hot') values[i * width + kept + labels[i]] = 1;
    if (phi !== undefined) {
      values[i * width + kept] = phi[i];
      values[i * width + kept + 1] = topClass(logits, i * classes, classes) === labels[i] ? 1 : 0;
    }
  }
  return { n, width, values };
}

/** E.g. `sorted-true-class`; what differs from the defaults is appended. */
export function featureName({ outputs, sorted, top, label }: PosteriorFeatures): string {
  return [
    sorted ? 'sorted' : 'unsorted',
    ...(sorted && top !== 10 ? [`top-${top}`] : []),
    ...(label === 'none' ? [] : [label]),
    ...(outputs === 'log-probabilities' ? [] : [outputs]),
  ].join('-');
}

/** The features in words, for titles and formulas. */
export function featureWords({ outputs, sorted, top, label }: PosteriorFeatures): string {
  return [
    sorted ? `the ${top} largest ${outputs} in descending order` : `${outputs} of all classes`,
    ...(label === 'true-class'
      ? ['phi = ln(p_y / (1 - p_y)), correctness']
      : label === 'one-hot'
        ? ['the label as one feature a class']
        : []),
  ].join(', ');
}
