import { epsilonSpent } from '../defenses/accountant/accountant';
import { describe } from '../losses/describe';
import { loss } from '../losses/registry';
import { concaveAbove } from '../theory/jensen-gap';
import { growthIntervals, growthThreshold } from '../theory/variance-growth';
import { necessaryVariance, totalVariationBound } from '../theory/advantage-bounds';
import { choiceExercise, notYet, numberExercise, type Exercise } from './exercise';

const inUnit = (value: number, least = 0): number => Math.min(1, Math.max(least, value));

/** Exercises that are answered by a number or a name, by the variable that takes the answer. */
export const answers = {
  // 00 Start here
  newScore: choiceExercise<string>({
    answer: 'attacks',
    others: ['losses', 'theory', 'data', 'models', 'training', 'defenses', 'signals', 'metrics', 'audit'],
    hints: ['look at the table of the folders for «one score a record».', 'what does LiRA do?'],
    right: 'One file there, and an entry in its registry.',
    wrong: 'it turns signals into scores.',
  }),
  handedOver: choiceExercise({
    answer: 'signals',
    others: ['weights', 'records'],
    hints: ['what do attacks read, and what is read from digits.npz above?'],
    right: 'Logits, labels and membership; neither the model nor the data leave their place.',
    wrong: (answer) => `attacks on outputs never see ${answer}.`,
  }),

  // 01 First look
  myAlpha: numberExercise({
    value: (Math.E - 2) / (Math.E - 1),
    within: 1e-3,
    hints: [
      "w(p) = -p f'(p). What is it at p = 1?",
      'w(1) = alpha + (1 - alpha) e.',
      'solve that for w = 2.',
    ],
    wrong: (alpha) =>
      `w(1) is then ${loss('ccel', { alpha: inUnit(alpha) })
        .weight(1)
        .toFixed(3)}.`,
  }),
  myAdvantage: numberExercise({
    value: 0.46,
    within: 0.005,
    hints: [
      'members are always called members; which share of the non-members is?',
      'the advantage is TPR minus FPR.',
    ],
    right: 'It is the gap between the two accuracies.',
    wrong: 'count whom the attack accuses on either side.',
  }),

  // 02 Losses
  convexFrom: numberExercise({
    value: () => describe(loss('ccel')).alphaForConvexInP!.alpha,
    within: 6e-4,
    hints: [
      'convex means that the second derivative is nowhere negative. Where is it smallest?',
      "f''(p) = alpha / p^2 - (1 - alpha) e^p falls in p, so p = 1 decides.",
      'solve alpha = (1 - alpha) e.',
    ],
    right: 'It is e / (1 + e).',
    wrong: (alpha) =>
      `at p = 1 the curvature is then ${loss('ccel', { alpha: inUnit(alpha) })
        .curvature(1)
        .toFixed(3)}.`,
  }),
  hardestPull: numberExercise({
    value: () => describe(loss('focal', { gamma: 2 })).weight.highAt,
    within: 0.01,
    hints: ['try a few values of p, e.g. 0.05 and 0.2.', 'the maximum lies between them.'],
    right: 'Below that, focal loss spares the most difficult records a little.',
    wrong: (p) =>
      `the weight there is ${loss('focal', { gamma: 2 }).weight(inUnit(p)).toFixed(4)}, and it can be larger.`,
  }),
  givesUp: choiceExercise({
    answer: 'cel',
    others: ['ce', 'focal', 'ccel', 'ccql'],
    hints: [
      "w(p) = -p f'(p). What is left of it at p = 0?",
      '`cel` is the concave part of CCEL alone, f(p) = -e^p.',
    ],
    right: 'Without the share alpha of cross-entropy there is no gradient left at p = 0.',
    wrong: (name) => `the weight of ${name} at p = 0 is ${loss(name).weight(0)}.`,
  }),

  // 03 Variance theory
  beginsAt: numberExercise({
    value: () => concaveAbove(loss('ccel', { alpha: 0.3 }))!,
    within: 0.01,
    hints: [
      'concave means that the second derivative is negative.',
      "f''(p) = alpha / p^2 - (1 - alpha) e^p. Start at p = 0.5.",
    ],
    wrong: (p) => `f'' is ${loss('ccel', { alpha: 0.3 }).curvature(inUnit(p, 0.01)).toFixed(3)} there.`,
  }),
  growsBelow: numberExercise({
    value: () => growthThreshold((alpha) => loss('ccql', { alpha })),
    within: 0.006,
    hints: [
      'the spread grows where w(p) (1 - p)^2 rises in p.',
      "its derivative at p = 0 is w'(0) - 2 w(0).",
      "w(0) = alpha and w'(0) = 1 - alpha.",
    ],
    right: 'It is where (1 - alpha) = 2 alpha.',
    wrong: (alpha) =>
      `there it ${growthIntervals(loss('ccql', { alpha: inUnit(alpha) })).length > 0 ? 'still grows somewhere' : 'does not grow any more'}.`,
  }),
  variances: numberExercise({
    value: () => necessaryVariance(2, 0.2),
    within: 0.05,
    hints: [
      'which bound of this notebook has the gap of the means and the variances in it?',
      'set gap^2 / (gap^2 + 2 V) = 0.2 with gap = 2.',
    ],
    right: 'And remember that it need not be enough.',
    wrong: (sum) =>
      sum > 0
        ? `with V = ${sum} some attack has at least ${totalVariationBound(2, sum / 2, sum / 2).toFixed(3)}.`
        : 'a variance is positive.',
  }),

  // 04 Training comparison
  heldEqual: choiceExercise({
    answer: 'mean loss',
    others: ['epochs', 'learning rate'],
    hints: ['what else makes a variance large, when training has only begun?'],
    right: 'A loss that fits more slowly has the larger variance for that reason alone.',
    wrong: (answer) => `with equal ${answer} one of the two may simply have fitted less.`,
  }),
  oneRecord: numberExercise({
    value: 0.0999,
    within: 0.006,
    hints: ['the mean of the squares minus the square of the mean.', 'the mean is 0.01.'],
    right: 'One misfitted record can carry the whole variance, and hides none of the 999. The median is 0.',
    wrong: 'how far is each record from the mean, squared?',
  }),
  standsOut: numberExercise({
    value: 4.303 / Math.sqrt(3),
    within: 0.06,
    hints: ['when does the interval just not reach 0?', 'divide by s on both sides.'],
    right: 'With ten seeds it would be 0.7.',
    wrong: (answer) =>
      answer > 4.303 / Math.sqrt(3) ? 'less is enough.' : 'the interval would still reach beyond 0.',
  }),
  mayBeSaid: choiceExercise({
    answer: 'not decided',
    others: ['larger', 'smaller'],
    hints: ['which ratio stands for «no difference», and is it inside?'],
    right: 'And it is not «equal» either; the interval allows nearly three times as much.',
    wrong: 'which ratios does the interval allow?',
  }),

  // 05 Attacks
  turnedAuc: numberExercise({
    value: 0.7,
    within: 1e-9,
    hints: [
      'the AUC is the share of pairs in which the member scores higher.',
      'each pair that was won is now lost.',
    ],
    right: 'An AUC far below 0.5 is no privacy, it is a sign error.',
    wrong: '0.3 was the share of pairs in which the member had the higher score.',
  }),
  sameRanking: choiceExercise({
    answer: 'confidence',
    others: ['entropy', 'correctness'],
    hints: ['a ROC curve only knows the order of the scores.', 'which score is a growing function of -loss?'],
    right: 'p = e^-loss puts the records in the same order.',
    wrong: (answer) => `two records of equal loss can differ in ${answer}, or of equal ${answer} in loss.`,
  }),
  liraScore: numberExercise({
    value: 2 - 2 / 9,
    within: 0.006,
    hints: [
      'it is the logarithm of one normal density over another.',
      'with equal deviations the logarithms cancel: z_out^2 / 2 - z_in^2 / 2.',
      'z_out = (4 - 1) / 1.5.',
    ],
    right: '«Member» explains the output better.',
    wrong: (answer) =>
      Math.abs(answer + 2 - 2 / 9) < 0.006
        ? 'that is the logarithm of out over in; higher must mean member.'
        : 'one of the two squares is missing or too large.',
  }),
  fewestModels: numberExercise({
    value: 6,
    within: 0,
    hints: [
      'the target is one of the M / 2 models of one of the two sides.',
      'how many are left on that side?',
    ],
    right: 'M / 2 - 1 = 2 are left on the side of the target.',
    wrong: (models) =>
      models < 6 ? `on the side of the target ${models / 2 - 1} are left.` : 'fewer will do.',
  }),
  believed: numberExercise({
    value: 20 / 119,
    within: 0.006,
    hints: [
      'take 10,000 people: 100 of them are members.',
      'how many members are accused, and how many of the other 9,900?',
    ],
    right: 'Where members are rare, even 1 % of the others is a crowd.',
    wrong: 'it is the share of members among all that are accused.',
  }),

  // 06 Audit your own model
  smallestRate: numberExercise({
    value: 1 / 860,
    within: 0.02 / 860,
    hints: [
      'one false accusation is the least that can be counted.',
      'divide it by the number of non-members.',
    ],
    wrong: (rate) => `that would be ${(rate * 860).toFixed(2)} false accusations.`,
  }),
  randomAuc: numberExercise({
    value: 0.5,
    within: 0,
    hints: ['how often does a member draw the higher of two random numbers?'],
    wrong: 'neither side is favored.',
  }),
  falseAlarm: numberExercise({
    value: 1 - 0.95 ** 20,
    within: 0.01,
    hints: ['how likely is it that one of them stays quiet?', 'and that all twenty do?'],
    right: 'This is why the verdict is corrected.',
    wrong: 'one lucky attack is enough for the alarm.',
  }),

  // 07 Privacy and utility
  luckyGain: numberExercise({
    value: 1.87 * 0.02,
    within: 0.003,
    hints: ['scale the smallest of 20 standard normal numbers.'],
    right: 'Nearly four points of «privacy» from choosing on the targets alone.',
    wrong: (gain) => `that is ${(gain / 0.02).toFixed(2)} standard deviations.`,
  }),
  p1Value: numberExercise({
    value: 0.375,
    within: 0.002,
    hints: [
      'P1 is the harmonic mean of test accuracy and 1 - advantage.',
      'the harmonic mean of a and b is 2 a b / (a + b).',
    ],
    wrong: 'it lies between the two numbers, and nearer to the smaller one.',
  }),
  controlRate: numberExercise({
    value: 0.005,
    within: 1e-9,
    hints: ['the factor multiplies each gradient.', 'what multiplies the gradient in plain SGD?'],
    right: 'And its weight decay is 0.01, twenty times as large.',
    wrong: 'a step of the control must be as long as one of CCEL at equal gradients.',
  }),
  chooseOn: choiceExercise({
    answer: 'the shadow models',
    others: ['the target'],
    hints: ['whose numbers will be reported?'],
    right: 'Then the numbers of the target are as honest as if the setting had been the only one.',
    wrong: 'the audit of the chosen model would report its luck as well.',
  }),

  // 08 Limits of average-case attacks
  allowed: numberExercise({
    value: 32,
    within: 0,
    hints: ['count the pairs of a canary and a model that was not trained on it.', 'and take 1 % of them.'],
    right: 'Enough for an interval; at 0.1 % there would be three.',
    wrong: 'how many pairs are there?',
  }),
  hidden: numberExercise({
    value: 0.01,
    within: 0.001,
    hints: ['the guesses cancel out in TPR - FPR.', 'only the ten count.'],
    right: 'Next to nothing, for ten people who were exposed for certain.',
    wrong: 'what do the guesses add to TPR, and what to FPR?',
  }),
  chosenOn: choiceExercise({
    answer: 'clean records',
    others: ['canaries'],
    hints: ['the best of four is lucky where it was chosen.'],
    right: 'Then the number on the canaries is not biased by the choice.',
    wrong: 'the reported number would contain the luck of the choice.',
  }),

  // 09 What a guarantee is
  highest: numberExercise({
    value: Math.min(3 * 0.1, 1 - (1 - 0.1) / 3),
    within: 1e-9,
    hints: [
      'there are two lines; the lower one counts.',
      'TPR <= e^epsilon FPR, and 1 - FPR <= e^epsilon (1 - TPR).',
    ],
    wrong: (tpr) => (tpr > 0.3 ? 'one of the two lines forbids that.' : 'both lines allow more.'),
  }),
  affordable: {
    hints: ['epsilon grows with the steps.', 'bisection finds the last number that is allowed.'],
    check(steps) {
      if (!Number.isInteger(steps) || steps < 1) return notYet('it is a whole number of steps.');
      const costs = (count: number): number =>
        epsilonSpent({ sampleRate: 0.1, noiseMultiplier: 2, steps: count }, 1e-5);
      if (costs(steps) > 5) return notYet(`${steps} steps cost ${costs(steps).toFixed(3)}.`);
      if (costs(steps + 1) > 5) return { right: true, says: 'One step more costs over 5.' };
      return notYet(`${steps} steps cost ${costs(steps).toFixed(3)}, so there is room for more.`);
    },
  } satisfies Exercise<number>,
};
