import type { StudyInput } from '../experiments/study';
import type { MethodSpec } from '../experiments/study-defenses';

/** Cross-entropy under other weight decays; the first is the recipe's, so the study's baseline. */
const crossEntropy = (decays: readonly number[]): MethodSpec[] =>
  decays.map((weightDecay) =>
    weightDecay === 5e-4 ? { loss: 'ce' } : { loss: 'ce', recipe: { weightDecay } },
  );

const shared = {
  data: 'location30',
  split: 'fifths',
  attacks: [
    'correctness',
    'confidence',
    'entropy',
    'modified-entropy',
    'loss',
    'hinge',
    'nn',
    { name: 'lira', online: false, variance: 'global' },
  ],
} as const satisfies Partial<StudyInput>;

/**
 * The main table of notebook 07: seven methods, six settings of each, five seeds, two shadow models a target.
 * 630 models of 1.15 million weights.
 */
export const location30: StudyInput = {
  ...shared,
  name: 'location30',
  methods: [
    ...crossEntropy([5e-4, 0, 1e-3, 2e-3, 5e-3, 1e-2]),
    { loss: 'ccel', alpha: [0.1, 0.2, 0.3, 0.5, 0.7, 0.9] },
    { loss: 'ccql', alpha: [0.1, 0.2, 0.3, 0.5, 0.7, 0.9] },
    { loss: 'focal', gamma: [0.5, 1, 2, 4, 8, 16] },
    { defense: 'relaxloss', target: [0.1, 0.3, 0.5, 1, 1.5, 2] },
    { loss: 'label-smoothing', epsilon: [0.05, 0.1, 0.2, 0.4, 0.6, 0.8] },
    { defense: 'early-stopping', epoch: [4, 6, 8, 10, 14, 20] },
  ],
  seeds: [1, 2, 3, 4, 5],
  shadows: 2,
};

/** The second table of notebook 07: every other defense, three settings of each, three seeds, one shadow model. */
export const location30Others: StudyInput = {
  ...shared,
  name: 'location30-others',
  methods: [
    ...crossEntropy([5e-4, 5e-3, 1e-2]),
    { loss: 'ccel', alpha: [0.2, 0.5, 0.8] },
    { defense: 'dropout', rate: [0.25, 0.5, 0.75] },
    { defense: 'l1', strength: [3e-5, 1e-4, 3e-4] },
    { defense: 'l2', strength: [2e-3, 5e-3, 1e-2] },
    { loss: 'confidence-penalty', strength: [0.1, 1, 4] },
    { loss: 'flooding', level: [0.1, 0.5, 1] },
    { defense: 'mixup', concentration: [0.3, 1, 4] },
    { defense: 'mixup-mmd', strength: [0.5, 1, 2] },
    { defense: 'advreg', strength: [1, 2, 4] },
    { defense: 'hamp', gamma: [0.5, 0.7, 0.9] },
    { defense: 'distillation', temperature: [2, 10, 50] },
    { defense: 'dmp', temperature: [1, 2, 4] },
    { defense: 'data-free-distillation', temperature: [1, 2, 4] },
    { defense: 'pate', noise: [0.3, 1, 3] },
    { defense: 'dp-sgd', noiseMultiplier: [0.03, 0.1, 0.3] },
    { defense: 'memguard', budget: [0.1, 0.5, 1] },
    { defense: 'rounding', decimals: [1, 2, 3] },
    { defense: 'top-k', k: [1, 3, 5] },
    { defense: 'temperature', temperature: [2, 5, 20] },
    { defense: 'reverse-sigmoid', beta: [0.3, 1, 3] },
    { defense: 'selena', subModels: 15, leftOutBy: [3, 5, 8] },
  ],
  seeds: [1, 2, 3],
};

const betas = [0.5, 0.2, 0.1, 0.05];

/**
 * The factor beta of the official code, and its control: CCEL with the factor, and cross-entropy with the learning rate
 * and weight decay that do to it what the factor does (`betaControl`).
 */
export const location30Beta: StudyInput = {
  ...shared,
  name: 'location30-beta',
  methods: [
    { loss: 'ce' },
    ...betas.map((beta): MethodSpec => ({
      loss: 'ce',
      // beta / 10, since 0.1 x 0.1 is not quite 0.01 in binary.
      recipe: { learningRate: beta / 10, weightDecay: 5e-4 / beta },
    })),
    { loss: 'ccel', alpha: 0.5, beta: [1, ...betas] },
  ],
  seeds: [1, 2, 3, 4, 5],
};

const bases = [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }] as const;

/** What CCEL adds to defenses that train with another loss too: AdvReg and Mixup + MMD on it and on cross-entropy. */
export const location30Bases: StudyInput = {
  ...shared,
  name: 'location30-bases',
  methods: [
    { loss: 'ce' },
    { loss: 'ccel', alpha: 0.5 },
    ...bases.flatMap((base): MethodSpec[] => [
      { defense: 'advreg', strength: [1, 2, 4], base },
      { defense: 'mixup-mmd', strength: [0.5, 1, 2], base },
    ]),
  ],
  seeds: [1, 2, 3, 4, 5],
};
