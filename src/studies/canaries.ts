import type { StudyInput } from '../experiments/study';
import type { MethodSpec } from '../experiments/study-defenses';

/** The defenses of notebook 08, but for DP-SGD. */
const methods: readonly MethodSpec[] = [
  { loss: 'ce' },
  { loss: 'ccel', alpha: [0.2, 0.5] },
  { loss: 'ccql', alpha: 0.5 },
  { defense: 'relaxloss', target: 0.5 },
];

/** What `dpSgdTuning` chose: of the settings within a point of CCEL's accuracy the one with the lowest advantage. */
const dpSgd: MethodSpec = { defense: 'dp-sgd', clipNorm: 4, noiseMultiplier: 0.1 };

/** Settings of DP-SGD on other models than those that are attacked, to find one with the accuracy of CCEL at alpha 0.5. */
export const dpSgdTuning: StudyInput = {
  name: 'dp-sgd-tuning',
  data: 'location30',
  ensemble: 4,
  seeds: [2],
  methods: [
    { loss: 'ccel', alpha: 0.5 },
    { defense: 'dp-sgd', clipNorm: [1, 4], noiseMultiplier: [0.01, 0.03, 0.1] },
    {
      defense: 'dp-sgd',
      clipNorm: [1, 4],
      noiseMultiplier: [0.01, 0.03, 0.1],
      recipe: { learningRate: 0.3 },
    },
  ],
  attacks: ['loss'],
};

/**
 * The evaluation of Aerni, Zhang and Tramer (CCS 2024) for notebook 08: 64 models, 100 canaries of each of three kinds in
 * the same models, each in exactly half of them, and LiRA with each of its statistics, one model left out at a time.
 */
export const canaryStudy: StudyInput = {
  name: 'canaries',
  data: 'location30',
  ensemble: 64,
  canaries: { mislabelled: 100, 'out-of-distribution': 100, 'duplicated-and-mislabelled': 100 },
  seeds: [1],
  methods: [...methods, dpSgd],
  attacks: [
    'loss',
    { name: 'lira', statistic: 'scaled-logit' },
    { name: 'lira', statistic: 'loss' },
    { name: 'lira', statistic: 'confidence' },
    { name: 'lira', statistic: 'hinge' },
  ],
};

/** The same training without canaries, to see what they cost in accuracy. */
export const withoutCanaries: StudyInput = {
  name: 'without-canaries',
  data: 'location30',
  ensemble: 16,
  seeds: [1],
  methods: [...methods, dpSgd],
  attacks: ['loss'],
};
