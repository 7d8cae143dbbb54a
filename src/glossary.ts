import { unknownName } from './options';
import { exportPlace, placeWords } from './source-place';

/** A word of the field as it is used here. */
export interface GlossaryEntry {
  readonly word: string;
  /** One line. */
  readonly meaning: string;
  /** Plain text; left out where there is none. */
  readonly formula?: string;
  /** The file that computes it, and the name that it exports. */
  readonly computedBy?: readonly [file: string, name: string];
}

/** The words of tables, reports and notebooks, in the order of a first reading. */
export const glossary: readonly GlossaryEntry[] = [
  {
    word: 'member, non-member',
    meaning: 'A record that the model was trained on, and one that it was not.',
  },
  {
    word: 'true-class probability',
    meaning: "The probability that a model gives a record's own class; also its confidence.",
    formula: 'p_y = exp(z_y) / sum over k of exp(z_k)',
  },
  { word: 'logits', meaning: 'The outputs z of a model before the softmax, one a class.' },
  {
    word: 'cross-entropy (CE)',
    meaning: 'The usual loss of a classifier.',
    formula: 'u = -ln p_y',
    computedBy: ['src/losses/ce.ts', 'ce'],
  },
  {
    word: 'convex-concave loss (CCL)',
    meaning:
      'A convex loss mixed with a concave function of p_y by alpha (Liu et al. 2024); CCEL takes the exponential, CCQL a quadratic.',
    formula: 'CCEL = alpha * (-ln p_y) + (1 - alpha) * (-exp(p_y))',
    computedBy: ['src/losses/ccel.ts', 'ccel'],
  },
  {
    word: 'weight',
    meaning:
      'How strongly a loss pulls a record, compared with cross-entropy: the factor before softmax(z) - y in its gradient.',
    formula: "w(p) = -f'(p) * p, so that CE has w = 1",
  },
  {
    word: 'target, shadow model, reference model',
    meaning:
      'The model that is attacked; one that an adversary trains to imitate it; one that tells how easy a record is.',
  },
  {
    word: 'in-model, out-model',
    meaning: 'Of one record: a reference model that was trained on it, and one that was not.',
  },
  { word: 'signals', meaning: 'Outputs, labels and membership of the models, which is what attacks read.' },
  {
    word: 'attack',
    meaning: 'A rule that gives each record a score; higher means that a member is more likely.',
  },
  {
    word: 'upper bound',
    meaning: 'An attack that was fitted on the membership that it is judged by, which no adversary has.',
  },
  { word: 'threat model', meaning: 'What an adversary knows and can ask.' },
  {
    word: 'TPR, FPR',
    meaning:
      'True and false positive rate at a cut: the shares of the members and of the non-members that are called members.',
    formula: 'TPR = P(score >= cut | member), FPR = P(score >= cut | non-member)',
    computedBy: ['src/metrics/advantage.ts', 'countDecisions'],
  },
  {
    word: 'train accuracy, test accuracy',
    meaning: 'The share of the members, and of the non-members, whose likeliest class is the right one.',
    formula: 'share of records with argmax over k of p_k = y',
    computedBy: ['src/experiments/model-path.ts', 'shareRight'],
  },
  {
    word: 'member loss',
    meaning:
      "Mean, median and variance of the cross-entropy of a model's own members, whatever loss it was trained with.",
    formula: 'u = -ln p_y, in nats',
    computedBy: ['src/metrics/matched-histories.ts', 'lossSummary'],
  },
  {
    word: 'ROC curve',
    meaning:
      'TPR against FPR over all cuts; on logarithmic axes its left end shows who can be named with certainty.',
    computedBy: ['src/metrics/roc.ts', 'rocCurve'],
  },
  {
    word: 'AUC',
    meaning:
      'How often a member has a higher score than a non-member; 0.5 is chance, 1 perfect, and 0 perfect the other way round.',
    formula: 'P(score of a member > score of a non-member) + P(equal) / 2',
    computedBy: ['src/metrics/auc.ts', 'auc'],
  },
  {
    word: 'advantage',
    meaning:
      'The share of members called members minus that of non-members called members; 0 is chance. The largest one over all cuts is above 0 even by chance.',
    formula: 'advantage = TPR - FPR',
    computedBy: ['src/metrics/advantage.ts', 'advantage'],
  },
  {
    word: 'TPR at 1 % FPR',
    meaning:
      'The share of the members that an attacker names who falsely accuses at most 1 % of the non-members; chance gives about 1 %.',
    computedBy: ['src/metrics/tpr-at-fpr.ts', 'tprIntervalOfSides'],
  },
  {
    word: 'TNR at 1 % FNR',
    meaning: 'The same about non-members: the share that is cleared while at most 1 % of the members is.',
  },
  {
    word: '95 % interval',
    meaning:
      'Made so that in 19 of 20 repetitions on other records from the same source it holds the true value.',
  },
  {
    word: 't interval over seeds',
    meaning: 'A 95 % interval of the mean of equal trainings that differ in their seed.',
    formula: 'mean +- t(0.975, n - 1) * s / sqrt(n)',
    computedBy: ['src/metrics/over-seeds.ts', 'meanOverSeeds'],
  },
  {
    word: 'p (Holm)',
    meaning: 'The p of a paired t test over seeds, corrected for the number of methods that are compared.',
    formula: 'the largest of (m - j) * p_(j) up to its place, at most 1, p_(0) <= p_(1) <= … of m methods',
    computedBy: ['src/metrics/over-seeds.ts', 'holm'],
  },
  {
    word: 'corrected p',
    meaning:
      'How often random memberships would give any of the attacks, in any of the numbers tested, as much as was found.',
    computedBy: ['src/metrics/leak-test.ts', 'leakTest'],
  },
  {
    word: 'shift',
    meaning: 'Members and non-members differ for another reason than that the model was trained on one side.',
  },
  {
    word: 'P1',
    meaning:
      'One number for privacy and accuracy together: their harmonic mean, where privacy is 1 minus the advantage.',
    formula: 'P1 = 2 * accuracy * (1 - advantage) / (accuracy + 1 - advantage)',
    computedBy: ['src/metrics/advantage.ts', 'p1FromAdvantage'],
  },
  {
    word: 'LiRA',
    meaning:
      'The likelihood ratio attack (Carlini et al. 2022): does the output look like those of in-models or like those of out-models?',
    formula: 'ln N(phi; in-models) - ln N(phi; out-models), phi = ln(p_y / (1 - p_y))',
    computedBy: ['src/attacks/lira.ts', 'lira'],
  },
  {
    word: 'RMIA',
    meaning:
      'The relative attack (Zarifzadeh et al. 2024): how many other records gain less from this model than the record does?',
    formula: 'share of z with (p(x) / mean p(x)) / (p(z) / mean p(z)) >= gamma',
    computedBy: ['src/attacks/rmia.ts', 'rmia'],
  },
  {
    word: 'canary',
    meaning: 'A record made or chosen to be found, with which the most exposed records are stood in for.',
  },
  {
    word: 'epsilon, delta',
    meaning:
      'The parameters of differential privacy; a lower bound shows that the training cannot have had a smaller epsilon.',
    formula: 'TPR <= exp(epsilon) * FPR + delta for every attack',
    computedBy: ['src/metrics/epsilon-one-run.ts', 'epsilonOfOneRun'],
  },
  {
    word: 'calibration error',
    meaning: 'How far the stated confidence lies from the share of right answers, on average.',
    computedBy: ['src/metrics/calibration.ts', 'calibration'],
  },
  {
    word: 'negative log-likelihood, Brier score',
    meaning:
      'Two errors of stated probabilities, 0 for certain right answers: the mean of -ln p_y, and that of the squared distances from the true class, summed over classes (0 to 2).',
    computedBy: ['src/metrics/calibration.ts', 'calibration'],
  },
  {
    word: 'defense',
    meaning: 'Whatever changes the training of a model, or its answers, from plain cross-entropy.',
  },
  {
    word: 'beta control',
    meaning:
      'Cross-entropy with the learning rate times beta and the decay divided by it: what the factor beta on a loss does by itself.',
    computedBy: ['src/training/beta-control.ts', 'betaControl'],
  },
  {
    word: 'block, run, study',
    meaning: 'A trained model as it is stored; a target with its shadow models, attacked; a grid of runs.',
  },
];

/**
 * The entries of these words, in the given order.
 *
 * @throws UserError for a word that is not there
 */
export function glossaryOf(words: readonly string[]): GlossaryEntry[] {
  const known = glossary.map(({ word }) => word);
  return words.map((word) => {
    const found = glossaryEntry(word);
    if (found === undefined) throw unknownName('word of the glossary', word, known);
    return found;
  });
}

/** Capital and small letters count alike; the first word of several is enough (`ROC`). */
export function glossaryEntry(word: string): GlossaryEntry | undefined {
  const wanted = word.toLowerCase();
  return (
    glossary.find((entry) => entry.word.toLowerCase() === wanted) ??
    glossary.find((entry) => partsOf(entry.word).includes(wanted)) ??
    glossary.find((entry) => entry.word.toLowerCase().startsWith(`${wanted} `))
  );
}

/** `TPR, FPR` is found by each of the two, `cross-entropy (CE)` by both forms. */
function partsOf(word: string): string[] {
  return word
    .toLowerCase()
    .split(/[,()]/)
    .map((part) => part.trim());
}

/** One line and, where there are such, the formula and the place in the sources that computes it. */
export function glossaryText(entry: GlossaryEntry): string {
  const { word, meaning, formula } = entry;
  const place = computedWords(entry);
  return [
    `${word}: ${meaning}`,
    ...(formula === undefined ? [] : [formula]),
    ...(place === null ? [] : [`computed by ${place}`]),
  ].join('\n    ');
}

/** «auc, src/metrics/auc.ts:22»; without the line where there are no sources. */
export function computedWords({ computedBy }: GlossaryEntry): string | null {
  if (computedBy === undefined) return null;
  const [file, name] = computedBy;
  const place = exportPlace(file, name);
  return `${name}, ${place === null ? file : placeWords(place)}`;
}

/** docs/glossary.md. */
export function glossaryDocument(): string {
  const lines = glossary.map(({ word, meaning, formula, computedBy }) =>
    [
      `- **${word}**: ${meaning}`,
      ...(formula === undefined ? [] : [`\`${formula}\``]),
      ...(computedBy === undefined ? [] : [`computed by \`${computedBy[1]}\` in \`${computedBy[0]}\``]),
    ].join('\n  '),
  );
  return `# Glossary\n\nPrinted by \`npx ccl glossary --markdown\`; \`npx ccl glossary AUC\` shows one word, with the line of the source that computes it.\n\n${lines.join('\n')}\n`;
}
