import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { oneOfNames } from '../losses/parameters';
import { logSoftmax, sumInOrder } from '../signals/log-softmax';
import type { LossGradient } from '../training/defense';
import type { LossOnBatch } from '../training/defense';

/** Probabilities of all classes for each record of a training set, row-major [records, classes]. */
export type SoftLabels = Float32Array;

/**
 * How a divergence counts the classes: `sum` is the divergence as the papers write it; `class-mean` divides it by the
 * number of classes, as PyTorch's kl_div does by default, with which the official codes of HAMP and RelaxLoss run.
 */
export const divergence = oneOfNames(
  ['sum', 'class-mean'],
  'sum',
  'sum over the classes as written, or mean over them as coded (kl_div with reduction mean)',
);
export type DivergenceKind = 'sum' | 'class-mean';

/**
 * Cross-entropy with soft labels: -sum_k t_k ln p_k, [batch], and the gradient of its mean, (p - t) / batch.
 *
 * @param z logits, [batch, classes]
 * @param targets rows that sum to 1, [batch, classes]
 */
export function softCrossEntropy(tf: TensorFlow, z: Tensor2D, targets: Tensor2D): LossGradient {
  const logP = logProbabilities(z);
  return {
    values: targets.mul<Tensor2D>(logP).sum<Tensor1D>(1).neg<Tensor1D>(),
    logitGradient: logP.exp<Tensor2D>().sub<Tensor2D>(targets).div<Tensor2D>(z.shape[0]),
  };
}

/**
 * T^2 KL(t || softmax(z / T)), [batch], and the gradient of its mean, T (softmax(z / T) - t) / batch; each divided by the
 * number of classes for `class-mean`. The factor T^2 keeps the gradient's size (Hinton, Vinyals and Dean 2015, section 2).
 *
 * @param targets rows that sum to 1, [batch, classes], already at that temperature
 */
export function divergenceGradient(
  tf: TensorFlow,
  z: Tensor2D,
  targets: Tensor2D,
  kind: DivergenceKind,
  temperature = 1,
): LossGradient {
  const { values, logitGradient } = softCrossEntropy(tf, z.div<Tensor2D>(temperature), targets);
  const factor = kind === 'sum' ? 1 : 1 / z.shape[1];
  return {
    values: values.sub<Tensor1D>(entropy(targets)).mul<Tensor1D>(factor * temperature ** 2),
    logitGradient: logitGradient.mul<Tensor2D>(factor * temperature),
  };
}

/** Training on soft labels alone: cross-entropy with them. */
export function softLabelLoss(labels: SoftLabels): LossOnBatch {
  return (tf, { z, records }) => softCrossEntropy(tf, z, labelRows(tf, labels, records, z.shape[1]));
}

/** The labels of some records, [records, classes]. */
export function labelRows(
  tf: TensorFlow,
  labels: SoftLabels,
  records: Int32Array,
  classes: number,
): Tensor2D {
  return tf.tensor2d(takeRows(labels, records, classes), [records.length, classes]);
}

/** Copies of chosen rows of a row-major array. */
export function takeRows(all: Float32Array, rows: Int32Array, width: number): Float32Array {
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, i) => taken.set(all.subarray(row * width, (row + 1) * width), i * width));
  return taken;
}

/** ln softmax(z), [batch, classes], with the row maximum taken out first. */
export function logProbabilities(z: Tensor2D): Tensor2D {
  const shifted = z.sub<Tensor2D>(z.max(1, true));
  return shifted.sub<Tensor2D>(shifted.exp<Tensor2D>().sum(1, true).log());
}

/** -sum_k t_k ln t_k in nats, [batch]; a probability of 0 adds 0. */
export function entropy(targets: Tensor2D): Tensor1D {
  return targets.mul<Tensor2D>(targets.maximum(1e-37).log()).sum<Tensor1D>(1).neg<Tensor1D>();
}

/** softmax(z / T) in float64, row-major [rows, classes]. */
export function probabilitiesOf(logits: Float32Array, classes: number, temperature = 1): Float64Array {
  const scaled = Float64Array.from(logits, (z) => z / temperature);
  return logSoftmax({ n: logits.length / classes, classes, logits: scaled }, sumInOrder).map(Math.exp);
}
