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
