import { loss } from '../../losses/registry';
import { alphaAblationFigure } from '../alpha-ablation';
import { decisionMapFigure } from '../decision-map';
import type { Figure } from '../figure';
import { heatMapFigure } from '../heat-map';
import { lossCurvesFigure } from '../loss-curves';
import { lossBeforeAfterFigure } from '../loss-histogram';
import { lossSpreadFigure } from '../loss-spread';
import { matchedMeanFigure } from '../matched-mean';
import { p1BarsFigure } from '../p1-bars';
import { privacyUtilityPlaneFigure } from '../privacy-utility-plane';
import { reliabilityFigure } from '../reliability';
import { rocBandsFigure } from '../roc';
import { scaledLogitsFigure } from '../scaled-logits';
import { seedCurvesFigure } from '../training-curves';
import { varianceCounterexampleFigure } from '../variance-counterexample';
import { varianceFlowFigure } from '../variance-flow';
import { vulnerabilityFigure } from '../vulnerability';
import {
  exampleAblation,
  exampleBeforeAfter,
  exampleCalibration,
  exampleHeatMap,
  exampleLogits,
  exampleP1,
  examplePlane,
  exampleRoc,
  exampleSource,
  exampleSpread,
  exampleTraining,
  exampleVulnerability,
} from './examples';

/** A figure of the gallery (docs/figures.md). */
export interface GalleryEntry {
  /** File name of its picture without ending. */
  readonly name: string;
  /** The question that it answers, in a line. */
  readonly answers: string;
  /** How to call it. */
  readonly call: string;
  /** What the call takes for granted, from the examples; the tests run the page with it. */
  readonly given?: string;
  readonly figure: () => Figure;
}

const three = () => [loss('ce'), loss('ccel', { alpha: 0.5 }), loss('ccql', { alpha: 0.5 })];

/** Every figure that is called with data of one's own, with invented data; and those of the theory, with real curves. */
export const gallery: readonly GalleryEntry[] = [
  {
    name: 'privacy-utility-plane',
    answers:
      'Which defense, at which parameter, gives the most accuracy for the privacy it takes, under each attack?',
    call: 'privacyUtilityPlaneFigure(panels, source)',
    given: 'const panels = examples.examplePlane();',
    figure: () => privacyUtilityPlaneFigure(examplePlane(), exampleSource),
  },
  {
    name: 'heat-map',
    answers: 'What does every attack reach against every defense, and which attack is the one that counts?',
    call: 'heatMapFigure({ defenses, attacks, values, chance: 0 }, source)',
    given: 'const { defenses, attacks, values } = examples.exampleHeatMap();',
    figure: () => heatMapFigure(exampleHeatMap(), exampleSource),
  },
  {
    name: 'p1-bars',
    answers: 'Which method is best when accuracy and privacy are put into one number?',
    call: 'p1BarsFigure(groups, source)',
    given: 'const groups = examples.exampleP1();',
    figure: () => p1BarsFigure(exampleP1(), exampleSource),
  },
  {
    name: 'alpha-ablation',
    answers: 'What does alpha do to accuracy, to the attack, to mean and variance of the loss?',
    call: 'alphaAblationFigure(curves, source)',
    given: 'const curves = examples.exampleAblation();',
    figure: () => alphaAblationFigure(exampleAblation(), exampleSource),
  },
  {
    name: 'roc-bands',
    answers:
      'How many members are found while almost nobody is accused wrongly, and how sure is that over seeds?',
    call: 'rocBandsFigure(methods, nonMembers, source)',
    given: 'const { methods, nonMembers } = examples.exampleRoc();',
    figure: () => {
      const { methods, nonMembers } = exampleRoc();
      return rocBandsFigure(methods, nonMembers, exampleSource);
    },
  },
  {
    name: 'scaled-logits',
    answers: 'Why does LiRA call this record a member?',
    call: 'scaledLogitsFigure(records, source)',
    given: 'const records = examples.exampleLogits();',
    figure: () => scaledLogitsFigure(exampleLogits(), exampleSource),
  },
  {
    name: 'vulnerability',
    answers: 'How exposed are the few most exposed records, which an average hides?',
    call: 'vulnerabilityFigure(defenses, source)',
    given: 'const defenses = examples.exampleVulnerability();',
    figure: () => vulnerabilityFigure(exampleVulnerability(), exampleSource),
  },
  {
    name: 'loss-before-after',
    answers: 'How far do the losses of members and non-members lie apart, before and after a defense?',
    call: 'lossBeforeAfterFigure(before, after, source)',
    given: 'const [before, after] = examples.exampleBeforeAfter();',
    figure: () => lossBeforeAfterFigure(...exampleBeforeAfter(), exampleSource),
  },
  {
    name: 'loss-spread',
    answers:
      'How do median, mean, quantiles and variance of the losses move in training, members beside non-members?',
    call: 'lossSpreadFigure(methods, source)',
    given: 'const methods = examples.exampleSpread();',
    figure: () => lossSpreadFigure(exampleSpread(), exampleSource),
  },
  {
    name: 'training-curves',
    answers: 'How do accuracy and loss move in training, and how much do seeds differ?',
    call: "seedCurvesFigure(panels, source, { band: 'range' })",
    given: 'const panels = examples.exampleTraining();',
    figure: () => seedCurvesFigure(exampleTraining(), exampleSource),
  },
  {
    name: 'calibration',
    answers: 'Is a model right as often as it says?',
    call: 'reliabilityFigure(models, source)',
    given: 'const models = examples.exampleCalibration();',
    figure: () => reliabilityFigure(exampleCalibration(), exampleSource),
  },
  {
    name: 'loss-curves',
    answers: 'What are value, slope and logit weight of a loss at each confidence?',
    call: "lossCurvesFigure([loss('ce'), loss('ccel', { alpha: 0.5 })])",
    figure: () => lossCurvesFigure(three()),
  },
  {
    name: 'decision-map',
    answers: 'For which alpha and confidence is a loss concave, and where does the spread of losses grow?',
    call: "decisionMapFigure(['ccel', 'ccql'])",
    figure: () => decisionMapFigure(),
  },
  {
    name: 'variance-flow',
    answers: 'How do the losses of a population spread while they fall (live: a slider moves time)?',
    call: "varianceFlowFigure([loss('ce'), loss('ccel')])",
    figure: () => varianceFlowFigure(three()),
  },
  {
    name: 'matched-mean',
    answers: 'Does a loss spread the losses more than cross-entropy at equal fit?',
    call: "matchedMeanFigure([loss('ce'), loss('ccel')])",
    figure: () => matchedMeanFigure(three()),
  },
  {
    name: 'variance-counterexample',
    answers: 'Is a large variance of the losses enough for privacy?',
    call: 'varianceCounterexampleFigure()',
    figure: () => varianceCounterexampleFigure(),
  },
];
