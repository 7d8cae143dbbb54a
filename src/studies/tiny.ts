import type { StudyInput } from '../experiments/study';

/** The same road in seconds, for tests and for trying the command out; its numbers mean nothing. */
export const tiny: StudyInput = {
  name: 'tiny',
  hidden: [32],
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }],
  seeds: [1, 2],
  epochs: 4,
  milestones: [3],
};
