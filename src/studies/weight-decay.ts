import type { StudyInput } from '../experiments/study';

/**
 * Does weight decay set where the members' loss settles? One study a decay, alike in everything else: three losses, three
 * seeds, the official 100 epochs on Location30, every second epoch evaluated.
 *
 * The hypothesis (src/theory/end-of-training.ts): at the end the members' mean CE loss is in proportion to decay / w(1).
 * data/results/README.md says what was seen: it holds at 5e-4 and fails at 5e-3.
 */
export function weightDecayStudy(weightDecay: number): StudyInput {
  return {
    name: `weight-decay-${weightDecay === 0 ? '0' : weightDecay.toExponential()}`,
    recipe: 'official',
    weightDecay,
    methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }, { loss: 'ccql', alpha: 0.5 }],
    seeds: [1, 2, 3],
    attacks: ['loss'],
  };
}
