import { classThresholds, decide } from '../attacks/class-thresholds';
import { advantage, countDecisions } from '../metrics/advantage';
import { aucEstimate } from '../metrics/auc';
import { lossSummary } from '../metrics/matched-histories';
import { joined } from '../platform/math/joined';
import { ceLosses, correct as rightAnswers } from '../signals/log-softmax';
import type { FinishedModel } from './block';
import type { PathPoint } from './study-result';

/** Losses and answers of a model on its own records at one evaluated epoch. */
export interface EpochView {
  /** CE losses, [n]. */
  readonly losses: Float64Array;
  /** 1 where the prediction was right, [n]. */
  readonly correct: Uint8Array;
  readonly labels: Int32Array;
  readonly members: Uint8Array;
}

/**
 * A model at an epoch, or at its last one before that if it stopped early.
 *
 * @param rows positions of the records that count; default all
 */
export function epochView(model: FinishedModel, epoch: number, rows?: Int32Array): EpochView {
  const { n, labels, members } = model.signals;
  const later = model.epochs.findIndex((at) => at > epoch);
  const i = Math.max(0, later < 0 ? model.epochs.length - 1 : later - 1);
  const whole = {
    losses: model.losses.subarray(i * n, (i + 1) * n),
    correct: model.correct.subarray(i * n, (i + 1) * n),
    labels,
    members,
  };
  return rows === undefined ? whole : takeRows(whole, rows);
}

/** The released outputs: those of the last evaluated epoch, unless the defense changes them or goes back to another epoch. */
export function releasedView({ signals }: FinishedModel, rows?: Int32Array): EpochView {
  const whole = {
    losses: ceLosses(signals),
    correct: rightAnswers(signals),
    labels: signals.labels,
    members: signals.members,
  };
  return rows === undefined ? whole : takeRows(whole, rows);
}

function takeRows({ losses, correct, labels, members }: EpochView, rows: Int32Array): EpochView {
  return {
    losses: Float64Array.from(rows, (r) => losses[r]),
    correct: Uint8Array.from(rows, (r) => correct[r]),
    labels: Int32Array.from(rows, (r) => labels[r]),
    members: Uint8Array.from(rows, (r) => members[r]),
  };
}

/**
 * The loss attack on one model with cuts per class from others, as a point without intervals, for the many epochs of a path:
 * the same advantage and AUC as `evaluateAttack(attack('loss'), …)` gives for the same models.
 */
export function lossAttackOn(
  target: EpochView,
  shadows: readonly EpochView[],
  classes: number,
): { readonly advantage: number; readonly auc: number } {
  const scores = target.losses.map((loss) => -loss);
  const known = {
    scores: joined(
      Float64Array,
      shadows.map(({ losses }) => losses.map((loss) => -loss)),
    ),
    labels: joined(
      Int32Array,
      shadows.map(({ labels }) => labels),
    ),
    members: joined(
      Uint8Array,
      shadows.map(({ members }) => members),
    ),
  };
  const decisions = decide(scores, target.labels, classThresholds(known, classes).cuts);
  return {
    advantage: advantage(countDecisions(decisions, target.members)).estimate,
    auc: aucEstimate(scores, target.members),
  };
}

/** A model's evaluated epochs, each attacked with shadow models stopped at the same epoch. */
export function pathOf(own: FinishedModel, shadows: readonly FinishedModel[]): PathPoint[] {
  return Array.from(own.epochs, (epoch): PathPoint => {
    const view = epochView(own, epoch);
    const others = shadows.map((shadow) => epochView(shadow, epoch));
    return { epoch, ...pointOf([view]), ...lossAttackOn(view, others, own.signals.classes) };
  });
}

/** Accuracies and losses over the records of some models; accuracies are means over models. */
export function pointOf(
  views: readonly EpochView[],
): Pick<PathPoint, 'trainAccuracy' | 'testAccuracy' | 'memberLoss' | 'nonMemberLoss'> {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    trainAccuracy: mean(views.map((view) => shareRight(view, 1))),
    testAccuracy: mean(views.map((view) => shareRight(view, 0))),
    memberLoss: lossSummary(views.flatMap((view) => lossesOf(view, 1))),
    nonMemberLoss: lossSummary(views.flatMap((view) => lossesOf(view, 0))),
  };
}

/** Losses of the members (1) or non-members (0). */
export function lossesOf({ losses, members }: EpochView, side: 0 | 1): number[] {
  return Array.from(losses).filter((_, r) => members[r] === side);
}

/** Share of the members (1) or non-members (0) that were classified rightly. */
export function shareRight(
  { correct, members }: Pick<EpochView, 'correct' | 'members'>,
  side: 0 | 1,
): number {
  let sum = 0;
  let count = 0;
  correct.forEach((value, i) => {
    if (members[i] !== side) return;
    sum += value;
    count++;
  });
  return sum / count;
}
