import type { StudyInput } from '../experiments/study';

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
