import { badInput } from '../errors';
import { advantageChance } from '../metrics/advantage';
import { auc } from '../metrics/auc';
import type { Interval } from '../metrics/interval';
import { sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import { checkSignals } from '../signals/check-signals';
import type { ModelSignals } from '../signals/signal-set';
import type { OutputAttack } from './attack';
import { attack, standardAttacks } from './registry';
import { lossOfScaledLogit } from '../platform/math/log-space';
import {
  quantileOfSorted,
  sortedCopy,
  compensatedSum,
  mean,
  populationVariance,
} from '../platform/math/quantile';
import { scaledLogit, topClass } from '../signals/log-softmax';
import { outputScores } from './output-scores';

/** What one attack achieves after one epoch. Intervals are 95 %, over records. */
export interface EpochAttack {
  readonly auc: Interval;
  /** Largest TPR - FPR over all cuts, and what chance alone reaches in 95 % of cases. */
  readonly largestAdvantage: number;
  readonly chance95: number;
  /** By nominal FPR, as text. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
}

export interface AuditedEpoch {
  readonly epoch: number;
  /** By the attack's name. */
  readonly attacks: Readonly<Record<string, EpochAttack>>;
}

export interface EpochAuditOptions {
  /** Default: the standard attacks, those of a study. */
  readonly attacks?: readonly OutputAttack[];
  /** Nominal false positive rates, default 0.01. */
  readonly fprs?: readonly number[];
  /** Told after each epoch, e.g. to print a line or to stop training. */
  readonly onEpoch?: (audited: AuditedEpoch) => void;
}

/** Attacks a model while it trains. */
export interface EpochAudit {
  /** Attacks the outputs of one epoch. Hand it to training as `onEvaluation`, or call it from a loop of your own. */
  readonly onEvaluation: (signals: ModelSignals, epoch: number) => void;
  /** All epochs so far, in the order of the calls. */
  readonly epochs: readonly AuditedEpoch[];
}

/**
 * An audit for each epoch of a training loop: scores of the outputs on members and non-members, without cuts, since no shadow model
 * has been trained yet. Which epoch leaks most is read from many tries: judge the one you keep on other records.
 *
 * @throws UserError (from `onEvaluation`) for malformed signals or an epoch that is no whole number
 */
export function epochAudit(options: EpochAuditOptions = {}): EpochAudit {
  const { attacks = standardAttacks.map((name) => attack(name)), fprs = [0.01], onEpoch } = options;
  const epochs: AuditedEpoch[] = [];
  return {
    epochs,
    onEvaluation(signals, epoch) {
      if (!(Number.isInteger(epoch) && epoch >= 0)) {
        throw badInput('epoch', epoch, 'must be a whole number >= 0', 'Pass the number of finished epochs');
      }
      checkSignals(signals);
      const audited = {
        epoch,
        attacks: Object.fromEntries(
          attacks.map(({ name, score }) => [name, measured(score(signals), signals.members, fprs)]),
        ),
      };
      epochs.push(audited);
      onEpoch?.(audited);
    },
  };
}

function measured(scores: Float64Array, members: Uint8Array, fprs: readonly number[]): EpochAttack {
  const sides = sortedSides(scores, members);
  const { observed, advantage95 } = advantageChance(scores, members);
  return {
    auc: auc(scores, members),
    largestAdvantage: observed,
    chance95: advantage95,
    tprAtFpr: Object.fromEntries(fprs.map((fpr) => [String(fpr), tprIntervalOfSides(sides, fpr)])),
  };
}

/** What is recorded of each quantity, for members and non-members apart. */
export interface EpochStatistics {
  readonly mean: number;
  /** Population variance (divisor n). */
  readonly variance: number;
  /** Quantiles (type 7), named by their percentage. */
  readonly quantiles: Readonly<Record<'1' | '5' | '25' | '50' | '75' | '95' | '99', number>>;
  /**
   * Share of the sum of squared deviations from the mean that the hundredth part of the records farthest from it carries
   * (at least one record), in [0, 1]; 0 where all values are equal. About 0.08 for a normal distribution; near 1 when a few
   * records that stay misclassified carry the whole variance.
   */
  readonly tailWeight: number;
}

/** The quantities of a record, in natural logarithms. */
export type EpochQuantity = 'loss' | 'trueClassProbability' | 'entropy' | 'modifiedEntropy' | 'scaledLogit';

/** One evaluated epoch of one model. */
export interface EpochRecord {
  readonly epoch: number;
  readonly members: Readonly<Record<EpochQuantity, EpochStatistics>>;
  readonly nonMembers: Readonly<Record<EpochQuantity, EpochStatistics>>;
}

/**
 * Records one epoch: mean, variance, quantiles and tail weight of the CE loss u = -ln p_y, of p_y, of the entropy
 * -sum p ln p, of the modified entropy (Song and Mittal 2021, arXiv:2003.10595) and of the scaled logit ln(p_y / (1 - p_y)),
 * for members and non-members apart. Pure; entropies have the opposite sign of the attacks' scores (higher = less certain).
 *
 * @param signals outputs of the model after that epoch on members and non-members
 * @param epoch whole number >= 0
 * @throws UserError for malformed signals, no members or no non-members, or a bad epoch
 */
export function recordEpoch(signals: ModelSignals, epoch: number): EpochRecord {
  if (!(Number.isInteger(epoch) && epoch >= 0)) {
    throw badInput('epoch', epoch, 'must be a whole number >= 0', 'Pass the number of finished epochs');
  }
  checkSignals(signals);
  const outputs = outputQuantities(signals);
  const loss = outputs.scaledLogit.map(lossOfScaledLogit);
  const trueClassProbability = loss.map((u) => Math.exp(-u));
  const quantities: Record<EpochQuantity, Float64Array> = { loss, trueClassProbability, ...outputs };
  const side = (member: 0 | 1): Record<EpochQuantity, EpochStatistics> => {
    const pick = (values: Float64Array): Float64Array =>
      values.filter((_, i) => signals.members[i] === member);
    const entries = Object.entries(quantities).map(([name, values]) => [name, statisticsOf(pick(values))]);
    return Object.fromEntries(entries) as Record<EpochQuantity, EpochStatistics>;
  };
  return { epoch, members: side(1), nonMembers: side(0) };
}

/** Mean, variance, quantiles and tail weight of values, [n], n >= 1. Throws UserError when there are none or one is NaN. */
export function statisticsOf(values: ArrayLike<number>): EpochStatistics {
  const sorted = sortedCopy(values);
  const variance = populationVariance(sorted);
  const tail = compensatedSum(farthestSquares(sorted, Math.max(1, Math.floor(sorted.length / 100))));
  const q = (percent: number): number => quantileOfSorted(sorted, percent / 100);
  return {
    mean: mean(sorted),
    variance,
    quantiles: { 1: q(1), 5: q(5), 25: q(25), 50: q(50), 75: q(75), 95: q(95), 99: q(99) },
    tailWeight: variance === 0 ? 0 : Math.min(1, tail / (variance * sorted.length)),
  };
}

/** The largest squared deviations from the mean, so many of them: they stand at the two ends of the sorted values. */
function farthestSquares(sorted: Float64Array, count: number): Float64Array {
  const center = mean(sorted);
  let [low, high] = [0, sorted.length - 1];
  return Float64Array.from({ length: count }, () => {
    const [below, above] = [center - sorted[low], sorted[high] - center];
    if (below > above) low++;
    else high--;
    return Math.max(below, above) ** 2;
  });
}

/** What outputs say of a record, in natural logarithms, [n] each. */
export interface OutputQuantities {
  /** ln(p_y / (1 - p_y)). */
  readonly scaledLogit: Float64Array;
  /** -sum p ln p; opposite in sign to the attack's score. */
  readonly entropy: Float64Array;
  /** -(1 - p_y) ln p_y - sum_{k != y} p_k ln(1 - p_k); opposite in sign to the attack's score. */
  readonly modifiedEntropy: Float64Array;
}

/** Below this, the sum of the other classes has lost digits, and the slower forms are used. */
const leastRest = 1e-290;
/** Below this, three terms of the series of ln(1 - p) have full precision. */
const smallP = 1e-5;

/**
 * Scaled logit and entropies with one exponential a logit: as `scaledLogit`, the attacks `entropy` and `modified-entropy`
 * have them, to rounding, at a third of their cost. For recording, which must not slow training.
 */
export function outputQuantities(signals: ModelSignals): OutputQuantities {
  const { n, classes, logits, labels } = signals;
  const result = {
    scaledLogit: new Float64Array(n),
    entropy: new Float64Array(n),
    modifiedEntropy: new Float64Array(n),
  };
  const powers = new Float64Array(classes);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const top = topClass(logits, start, classes);
    const label = labels[row];
    let others = 0;
    let rest = 0;
    for (let k = 0; k < classes; k++) {
      const power = k === top ? 1 : Math.exp(logits[start + k] - logits[start + top]);
      powers[k] = power;
      if (k !== top) rest += power;
      if (k !== label) others += power;
    }
    if (rest < leastRest || others < leastRest) exactRow(signals, row, result);
    else fillRow({ logits, start, top, label, powers, rest, others }, row, result);
  }
  return result;
}

interface Row {
  readonly logits: ModelSignals['logits'];
  readonly start: number;
  readonly top: number;
  readonly label: number;
  /** exp(z_k - z_top), [classes]. */
  readonly powers: Float64Array;
  /** Their sum without the top class, and without the true class. */
  readonly rest: number;
  readonly others: number;
}

function fillRow(
  { logits, start, top, label, powers, rest, others }: Row,
  row: number,
  result: OutputQuantities,
): void {
  const highest = logits[start + top];
  const total = 1 + rest;
  const logTotal = Math.log1p(rest);
  let distances = 0;
  let modified = 0;
  for (let k = 0; k < powers.length; k++) {
    distances += powers[k] * (highest - logits[start + k]);
    if (k === label || k === top) continue;
    const p = powers[k] / total;
    modified += p < smallP ? p * p * (1 + p * (0.5 + p / 3)) : -p * Math.log1p(-p);
  }
  if (top !== label) modified -= (Math.log(rest) - logTotal) / total;
  const logP = logits[start + label] - highest - logTotal;
  result.scaledLogit[row] = logits[start + label] - highest - Math.log(others);
  result.entropy[row] = logTotal + distances / total;
  result.modifiedEntropy[row] = modified - (others / total) * logP;
}

function exactRow({ classes, logits, labels }: ModelSignals, row: number, result: OutputQuantities): void {
  const one = {
    n: 1,
    classes,
    logits: logits.slice(row * classes, (row + 1) * classes),
    labels: labels.slice(row, row + 1),
    members: Uint8Array.of(1),
  };
  [result.scaledLogit[row]] = scaledLogit(one);
  result.entropy[row] = 0 - outputScores.entropy.score(one)[0];
  result.modifiedEntropy[row] = 0 - outputScores['modified-entropy'].score(one)[0];
}
