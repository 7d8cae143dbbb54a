import type { StudyInput } from '../experiments/study';

/**
 * The study of `npm start`: does CCL protect Location30's members better than cross-entropy?
 * 18 models of 1.15 million weights; about a minute on 2 cores.
 */
export const firstLook: StudyInput = {
  name: 'first-look',
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }, { loss: 'ccql', alpha: 0.5 }],
  seeds: [1, 2, 3],
};

/** Notebook 04: five ways to train, defaults, nothing tuned. 30 models, 18 of them those of `firstLook`. */
export const trainingComparison: StudyInput = {
  name: 'training-comparison',
  methods: [
    { loss: 'ce' },
    { loss: 'focal', gamma: 2 },
    { loss: 'ccel', alpha: 0.5 },
    { loss: 'ccql', alpha: 0.5 },
    { defense: 'relaxloss', target: 0.5 },
  ],
  seeds: [1, 2, 3],
  attacks: ['loss', 'modified-entropy'],
};

/** The road of `firstLook` in seconds, for tests and for trying the command out; its numbers mean nothing. */
export const tiny: StudyInput = {
  name: 'tiny',
  hidden: [32],
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }],
  seeds: [1, 2],
  epochs: 4,
  milestones: [3],
};

/**
 * Twelve blocks in seconds, for tests of executors: a target and a shadow model with each of two losses, and
 * SELENA, whose target and shadow model wait for three sub-models each.
 */
export const twelveBlocks: StudyInput = {
  name: 'twelve-blocks',
  hidden: [32],
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }, { defense: 'selena', subModels: 3, leftOutBy: 1 }],
  seeds: [1],
  epochs: 4,
  milestones: [3],
};
