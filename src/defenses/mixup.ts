import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import type { StepKey } from '../models/network';
import type { Tensor, Tensor2D } from '../platform/backend/tensor';
import { betaQuantile } from '../platform/math/distributions';
import { randomStream } from '../platform/math/random';
import { type DefenseDefinition, type LossOnBatch, type Step, type StepGradient } from '../training/defense';
import { lossOnBatch, plainGradient } from '../training/batch-loss';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    concentration: numberIn('(0, Infinity)', 1, 'a of the distribution Beta(a, a) of the share lambda'),
    base: baseLossSchema,
  })
  .strict();

/** Mixup: training on sums of two records, lambda of one and 1 - lambda of the other, with the losses of both labels. */
export const mixup: DefenseDefinition<typeof parameters> = {
  title: 'Mixup',
  short: 'Mixup',
  source: 'Zhang et al., ICLR 2018, arXiv:1710.09412, section 2; one lambda a batch, as in its code',
  parameters,
  changes: ['batch'],
  needs: [],
  claim: 'better accuracy; members are never seen as they are, so somewhat more privacy',
  revision: 1,
  create({ concentration, base }) {
    const label = `Mixup (a ${concentration})${withBase(base)}`;
    const loss = lossOnBatch(baseLoss(base));
    const gradient = (step: Step): StepGradient =>
      mixedGradient(step, loss, drawMixing(step.key, step.records.length, concentration));
    return {
      label,
      training: () => ({ loop: () => ({ gradient }) }),
    };
  },
};

/** How the records of a batch are mixed: x_i becomes lambda x_i + (1 - lambda) x_j, j = partners[i]. */
export interface Mixing {
  /** In [0, 1]; one for the whole batch. */
  readonly lambda: number;
  /** A permutation of 0 .. batch - 1. */
  readonly partners: Int32Array;
}

/**
 * The mixing of a step, from its stream: lambda from Beta(concentration, concentration) by its quantile function, which is
 * exact, then the partners.
 */
export function drawMixing(
  { seed, role, index, epoch, step }: StepKey,
  batch: number,
  concentration: number,
): Mixing {
  const stream = randomStream({ seed, role, index, purpose: 'mixup', epoch, step });
  return {
    lambda: betaQuantile(stream.uniform(), concentration, concentration),
    partners: stream.permutation(batch),
  };
}

/** Gradient of lambda L(f(x), y_i) + (1 - lambda) L(f(x), y_j) at the mixed inputs x, as the code of mixup has it. */
export function mixedGradient(step: Step, loss: LossOnBatch, { lambda, partners }: Mixing): StepGradient {
  const { tf, oneHot, records } = step;
  const [x, oneHotOfPartners] = tf.tidy(() => {
    const rows = tf.tensor1d(partners, 'int32');
    const others = tf.gather(step.x, rows).mul(1 - lambda);
    return [step.x.mul<Tensor>(lambda).add<Tensor>(others), tf.gather(oneHot, rows)];
  });
  const mixed: LossOnBatch = (_, batch) => {
    const own = loss(tf, batch);
    const other = loss(tf, {
      ...batch,
      oneHot: oneHotOfPartners as Tensor2D,
      records: Int32Array.from(partners, (partner) => records[partner]),
    });
    const combined = <T extends Tensor>(a: T, b: T): T => a.mul<T>(lambda).add<T>(b.mul<T>(1 - lambda));
    return {
      values: combined(own.values, other.values),
      logitGradient: combined(own.logitGradient, other.logitGradient),
    };
  };
  try {
    return plainGradient({ ...step, x }, mixed);
  } finally {
    tf.dispose([x, oneHotOfPartners]);
  }
}
