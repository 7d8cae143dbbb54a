import { UserError } from '../errors';
import type { MethodResult, StudyResult } from '../experiments/study-result';
import { mean } from '../math/summary';
import { rocCurve, type RocCurve } from '../metrics/roc';
import type { Figure } from './figure';
import type { FigureDraft } from './figure-draft';
import { sourcedFigure } from './figure-source';
import type { ShownMethods } from './shown-methods';
import { studySource } from './study-source';
import { lossHistogram, lossHistogramHeight, type LossMarks, type LossPanel } from './loss-histogram';
import { commonPath, meanPath } from './mean-path';
import { privacyUtility, privacyUtilityHeight } from './privacy-utility';
import { roc, rocHeight, rocSeedWords } from './roc';
import { bandWords, trainingCurves, trainingCurvesHeight, type TrainingPanel } from './training-curves';
import { formatNumber } from './number-format';
import { mostSeeds } from './over-seeds';

/** Which of a study's methods a figure shows; default all. More than about eight are not told apart. */
export type MethodChoice = Partial<ShownMethods>;

function studyFigure(result: StudyResult, draft: FigureDraft, { words = '' }: MethodChoice): Figure {
  const reading = words === '' ? draft.reading : `${words} ${draft.reading}`;
  return sourcedFigure({ ...draft, reading }, studySource(result));
}

function seedCount(methods: readonly MethodResult[]): string {
  const seeds = mostSeeds(methods);
  return seeds === 1 ? 'one seed' : `${seeds} seeds`;
}

/** Whether the losses of single records are in a result: committed results leave them out. */
export function hasRecordLosses(methods: readonly MethodResult[]): boolean {
  return methods.every(({ runs }) =>
    runs.every((run) => run.memberLosses.length > 0 && run.nonMemberLosses.length > 0),
  );
}

function requireRecordLosses(methods: readonly MethodResult[]): void {
  if (hasRecordLosses(methods)) return;
  throw new UserError(
    'The result has no losses of single records, which this figure draws. Run the study, or take a result with them (ccl study export --format json).',
  );
}

/** Losses of members and non-members at the end of training, all seeds pooled; marks are means over seeds. */
export function lossHistogramFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.methods } = choice;
  requireRecordLosses(methods);
  const panels = methods.map(lossPanel);
  const words = panels.map(
    (panel) =>
      `${panel.label}: members have median loss ${formatNumber(panel.memberMarks.median, 'significant')} and variance ` +
      `${formatNumber(panel.memberMarks.variance, 'significant')}, non-members median ` +
      `${formatNumber(panel.nonMemberMarks.median, 'significant')}`,
  );
  const draft: FigureDraft = {
    title: 'Losses of members and non-members after training',
    alt: `Histograms of cross-entropy losses on a logarithmic axis, one panel a method. ${words.join('. ')}.`,
    reading:
      `Cross-entropy loss of each record, ${seedCount(methods)} pooled, in bins of equal width on the logarithmic axis. ` +
      'Where the two shapes part, an attacker can tell members from non-members. ' +
      'Mean, median and variance are averages over seeds.',
    height: lossHistogramHeight(panels.length),
    draw: (framing, style) => lossHistogram(panels, framing, style),
  };
  return studyFigure(result, draft, choice);
}

function lossPanel(method: MethodResult): LossPanel {
  const marks = (side: 'memberLoss' | 'nonMemberLoss'): LossMarks => {
    const mean = (key: keyof LossMarks): number =>
      method.runs.reduce((sum, run) => sum + run[side][key], 0) / method.runs.length;
    return { mean: mean('mean'), median: mean('median'), variance: mean('variance') };
  };
  return {
    label: method.label,
    members: method.runs.flatMap((run) => run.memberLosses),
    nonMembers: method.runs.flatMap((run) => run.nonMemberLosses),
    memberMarks: marks('memberLoss'),
    nonMemberMarks: marks('nonMemberLoss'),
  };
}

/** ROC of the loss attack (score = -loss) of each method on log-log axes. */
export function rocFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.methods } = choice;
  requireRecordLosses(methods);
  const sizes = methods.flatMap((method) => method.runs.map((run) => run.nonMemberLosses.length));
  const nonMembers = Math.min(...sizes);
  const drawn = methods.map((method) => ({
    label: method.label,
    curves: method.runs.map((run) => lossAttackCurve(run.memberLosses, run.nonMemberLosses)),
  }));
  const aucs = methods.map(
    (method) => `${method.label}: AUC ${formatNumber(method.summary.auc.estimate, 'proportion')}`,
  );
  const draft: FigureDraft = {
    title: 'ROC of the loss attack',
    alt: `True positive rate against false positive rate of the loss attack on logarithmic axes. ${aucs.join(', ')}.`,
    reading:
      `${rocSeedWords(mostSeeds(methods))} The left end is what counts for privacy: members found while ` +
      `almost nobody is accused wrongly. Rates below 1/${nonMembers} cannot be resolved with ${nonMembers} non-members.`,
    height: rocHeight,
    draw: (framing, style) => roc(drawn, nonMembers, framing, style),
  };
  return studyFigure(result, draft, choice);
}

function lossAttackCurve(memberLosses: readonly number[], nonMemberLosses: readonly number[]): RocCurve {
  const scores = Float64Array.from([...memberLosses, ...nonMemberLosses], (loss) => -loss);
  const members = new Uint8Array(scores.length).fill(1, 0, memberLosses.length);
  return rocCurve(scores, members);
}

/** The privacy-utility plane with each method's path over the epochs. */
export function privacyUtilityFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.methods } = choice;
  const paths = methods.map((method) => ({
    label: method.label,
    points: meanPath(method.runs),
    end: { testAccuracy: method.summary.testAccuracy, advantage: method.summary.advantage },
  }));
  const ends = paths.map(
    ({ label, end }) =>
      `${label} ends at test accuracy ${formatNumber(end.testAccuracy.estimate, 'proportion')} and advantage ` +
      formatNumber(end.advantage.estimate, 'proportion'),
  );
  const draft: FigureDraft = {
    title: 'Privacy and utility over the epochs',
    alt: `Test accuracy against the advantage of the loss attack, a path of epochs for each method. ${ends.join('. ')}.`,
    reading:
      `Paths: means over ${seedCount(methods)}, small numbers are epochs (the larger points on each path). Largest marks: the end of training with 95 % t ` +
      'intervals over seeds in both directions. Stopping early is the simplest defense: a method helps only where its ' +
      `path runs below that of ${methods[0].label}.`,
    height: privacyUtilityHeight,
    draw: (framing, style) => privacyUtility(paths, framing, style),
  };
  return studyFigure(result, draft, choice);
}

const lossQuantities = ['mean', 'median', 'variance'] as const;
const lossUnits = { mean: 'nats', median: 'nats', variance: 'nats²' } as const;

/** Mean, median and variance of the losses over the epochs. */
export function trainingCurvesFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.methods } = choice;
  const paths = methods.map(({ label, runs }) => ({ label, path: commonPath(runs) }));
  const panels = lossQuantities.map((quantity): TrainingPanel => ({
    title: `${quantity[0].toUpperCase()}${quantity.slice(1)} of the loss`,
    unit: lossUnits[quantity],
    scale: 'log',
    curves: paths.flatMap(({ label, path }) =>
      (['members', 'non-members'] as const).map((side) => ({
        label,
        side,
        epochs: path.map(({ epoch }) => epoch),
        seeds: (path[0]?.points ?? []).map((_, seed) =>
          path.map(
            ({ points }) => points[seed][side === 'members' ? 'memberLoss' : 'nonMemberLoss'][quantity],
          ),
        ),
      })),
    ),
  }));
  const words = paths.map(({ label, path }) => {
    if (path.length === 0) return `${label}: no epoch was evaluated`;
    const { epoch, points } = path[path.length - 1];
    const [inside, outside] = (['memberLoss', 'nonMemberLoss'] as const).map((side) =>
      formatNumber(mean(points.map((point) => point[side].mean)), 'significant'),
    );
    return `${label}: at epoch ${epoch} mean loss ${inside} on members, ${outside} on non-members`;
  });
  const seeds = mostSeeds(methods);
  const draft: FigureDraft = {
    title: 'Losses over the epochs',
    alt: `Mean, median and variance of the cross-entropy loss over the epochs. ${words.join('. ')}.`,
    reading:
      `${bandWords(seeds, 'range')}. Full marks: members, open marks: non-members. The gap between the two is what the ` +
      'attacks use. One record that stays misfitted can carry the variance; the median shows the others.',
    height: trainingCurvesHeight(panels.length),
    draw: (framing, style) => trainingCurves(panels, framing, style),
  };
  return studyFigure(result, draft, choice);
}

/**
 * The figures with a series for each method, in the order of the report: paths, losses, ROC, curves of training. Those
 * that need losses of single records are left out where the result has none.
 */
export function studyFigures(result: StudyResult, choice: MethodChoice = {}): Figure[] {
  const { methods = result.methods } = choice;
  const hasLosses = hasRecordLosses(methods);
  return [
    privacyUtilityFigure(result, choice),
    ...(hasLosses ? [lossHistogramFigure(result, choice), rocFigure(result, choice)] : []),
    trainingCurvesFigure(result, choice),
  ];
}
