import type { StudyInput } from '../experiments/study';

/**
 * The same question on pictures (notebook 07): a small CNN on 2,000 members, few enough that cross-entropy learns them by
 * heart. Five methods, three settings of each, three seeds.
 */
export const fashionMnistStudy: StudyInput = {
  name: 'fashion-mnist',
  data: 'fashion-mnist',
  split: { name: 'quarters', size: 2000 },
  model: { name: 'cnn', channels: [16, 32], hidden: 128 },
  epochs: 40,
  learningRate: 0.05,
  milestones: [20, 32],
  methods: [
    { loss: 'ce' },
    { loss: 'ce', recipe: { weightDecay: 5e-3 } },
    { loss: 'ce', recipe: { weightDecay: 2e-2 } },
    { loss: 'ccel', alpha: [0.2, 0.5, 0.8] },
    { loss: 'ccql', alpha: [0.2, 0.5, 0.8] },
    { defense: 'relaxloss', target: [0.1, 0.3, 0.5] },
    { defense: 'early-stopping', epoch: [6, 12, 18] },
  ],
  seeds: [1, 2, 3],
  attacks: ['correctness', 'confidence', 'entropy', 'modified-entropy', 'loss', 'hinge', 'nn'],
};
