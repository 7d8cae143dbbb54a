import { orderFreeSum } from '../platform/math/order-free-sum';
import { lossOfScaledLogit } from '../platform/math/log-space';
import type { ModelSignals } from './signal-set';

// Sums over classes are free of order: a record whose outputs are another's in another order gets the same bits, and ties
// between the two stay ties.

type Logits = Pick<ModelSignals, 'n' | 'classes' | 'logits'>;
type LabeledLogits = Pick<ModelSignals, 'n' | 'classes' | 'logits' | 'labels'>;

/**
 * ln p_k of all classes, row-major [n, k], in float64: z_k - z_top - ln(1 + sum_{j != top} exp(z_j - z_top)).
 * The logarithm is a log1p, so ln p of the top class keeps its digits where p rounds to 1. Finite for |logit| <= 1e4.
 *
 * @param sum of the terms exp(z_j - z_top), each in [0, 1]
 */
export function logSoftmax(
  { n, classes, logits }: Logits,
  sum: (shares: Float64Array) => number = orderFreeSum,
): Float64Array {
  const out = new Float64Array(n * classes);
  const shares = new Float64Array(classes - 1);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const top = topClass(logits, start, classes);
    othersOf(logits, start, top, logits[start + top], shares);
    const normalizer = Math.log1p(sum(shares));
    for (let k = 0; k < classes; k++) out[start + k] = logits[start + k] - logits[start + top] - normalizer;
  }
  return out;
}

/** In the order of the classes, for what is trained on the result: kept trainings keep their bits. */
export function sumInOrder(shares: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < shares.length; k++) sum += shares[k];
  return sum;
}

/** exp(z_k - base) of all classes but one, in their order. */
function othersOf(
  logits: ArrayLike<number>,
  start: number,
  but: number,
  base: number,
  shares: Float64Array,
): void {
  for (let k = 0, at = 0; at < shares.length; k++)
    if (k !== but) shares[at++] = Math.exp(logits[start + k] - base);
}

/**
 * Scaled logit phi = ln(p_y / (1 - p_y)) = z_y - ln sum_{k != y} exp(z_k), [n], by log-sum-exp: neither saturates nor
 * cancels (Carlini et al. 2022, arXiv:2112.03570).
 */
export function scaledLogit({ n, classes, logits, labels }: LabeledLogits): Float64Array {
  const out = new Float64Array(n);
  const shares = new Float64Array(classes - 1);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const own = start + labels[row];
    let rival = -Infinity;
    for (let i = start; i < start + classes; i++) if (i !== own && logits[i] > rival) rival = logits[i];
    othersOf(logits, start, labels[row], rival, shares);
    out[row] = logits[own] - rival - Math.log(orderFreeSum(shares));
  }
  return out;
}

/**
 * Cross-entropy losses -ln p_y = ln(1 + exp(-phi)), [n], natural logarithm. Relative precision is kept down to
 * 1e-308; records with phi above 745 have a loss of exactly 0.
 */
export function ceLosses(signals: LabeledLogits): Float64Array {
  return scaledLogit(signals).map(lossOfScaledLogit);
}

/** True-class probabilities p_y, [n]; exactly 1 where the loss is below 1.1e-16. */
export function trueClassProbability(signals: LabeledLogits): Float64Array {
  return ceLosses(signals).map((loss) => Math.exp(-loss));
}

/** Index (0 .. classes-1) of the largest of the logits that start at `start`; the first one of equals. */
export function topClass(logits: ArrayLike<number>, start: number, classes: number): number {
  let top = 0;
  for (let k = 1; k < classes; k++) if (logits[start + k] > logits[start + top]) top = k;
  return top;
}

/** Shares of records whose largest logit is that of the true class. */
export interface Accuracy {
  /** Accuracy on members, in [0, 1]: the training accuracy, if all members of the model are there. */
  readonly members: number;
  /** Accuracy on non-members, in [0, 1]: the test accuracy. */
  readonly nonMembers: number;
}

/** 1 where the largest logit is that of the true class, [n]. Of several largest logits the first one counts. */
export function correct({ n, classes, logits, labels }: Omit<ModelSignals, 'members'>): Uint8Array {
  const out = new Uint8Array(n);
  for (let row = 0; row < n; row++)
    out[row] = topClass(logits, row * classes, classes) === labels[row] ? 1 : 0;
  return out;
}

/** Accuracy on each side; both sides must be there (see `checkSignals`). Of several largest logits the first counts. */
export function accuracy(signals: ModelSignals): Accuracy {
  const right = [0, 0];
  const count = [0, 0];
  correct(signals).forEach((isRight, row) => {
    right[signals.members[row]] += isRight;
    count[signals.members[row]]++;
  });
  return { members: right[1] / count[1], nonMembers: right[0] / count[0] };
}

/** Margin of the true class over the best other one, z_y - max_{k != y} z_k, [n], in logits; above 0 = correct. */
export function hingeMargin({
  n,
  classes,
  logits,
  labels,
}: Pick<ModelSignals, 'n' | 'classes' | 'logits' | 'labels'>): Float64Array {
  const out = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const own = start + labels[row];
    let rival = -Infinity;
    for (let i = start; i < start + classes; i++) if (i !== own && logits[i] > rival) rival = logits[i];
    out[row] = logits[own] - rival;
  }
  return out;
}

/** Log-probabilities of the most likely class, max_k ln p_k, [n]; no label plays a part. */
export function maxConfidence(signals: Logits): Float64Array {
  const { n, classes } = signals;
  const all = logSoftmax(signals);
  return Float64Array.from({ length: n }, (_, i) => {
    let largest = -Infinity;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, all[i * classes + k]);
    return largest;
  });
}
