import { expect } from 'vitest';
import type { Backend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import type { LossOnBatch, Released } from '../../src/training/defense';

/**
 * Mean of the values and the logit gradient of a loss on fixed logits; no tensor is left behind.
 *
 * @param records numbers of the records, default 0 .. batch - 1
 */
export function gradientOf(
  { tf }: Backend,
  loss: LossOnBatch,
  {
    logits,
    labels,
    records = labels.map((_, i) => i),
  }: { logits: number[][]; labels: number[]; records?: number[] },
): { value: number; gradient: Float32Array } {
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const z = tf.tensor2d(logits);
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), logits[0].length).toFloat() as Tensor2D;
    const batch = { z, oneHot, records: Int32Array.from(records), epoch: 1, step: 1 };
    const { values, logitGradient } = loss(tf, batch);
    return { value: values.mean().dataSync()[0], gradient: logitGradient.dataSync() as Float32Array };
  });
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

/** The loss of a training that is nothing else. */
export function lossOf(released: Released): LossOnBatch {
  if ('loop' in released) throw new Error('a training with a loop of its own');
  return released.loss;
}
