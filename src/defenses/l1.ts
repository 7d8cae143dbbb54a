import { z } from 'zod';
import type { Loss } from '../losses/loss';
import { numberIn } from '../losses/parameters';
import type { Tensor, Tensor1D } from '../platform/backend/tensor';
import type { TensorInfo } from '../models/network';
import { type DefenseDefinition, type Step, type StepGradient } from '../training/defense';
import { lossOnBatch, plainGradient } from '../training/batch-loss';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    strength: numberIn('[0, Infinity)', 1e-4, 'factor of the sum of the absolute weights'),
    base: baseLossSchema,
  })
  .strict();

/**
 * L1 penalty strength x sum |w|: strength x sign(w) is added to the gradient. The sum goes over the weights of dense and
 * convolution layers and the scales of norms, not over biases and shifts, as in the code of PAST.
 */
export const l1: DefenseDefinition<typeof parameters> = {
  title: 'L1 penalty',
  short: 'L1',
  source:
    'mlh/defenses/membership_inference/L1.py of the code of PAST (arXiv:2410.06814; strength 0.001 at learning rate 0.01)',
  parameters,
  changes: ['gradient'],
  needs: [],
  claim: 'fewer weights that memorize, so more privacy at a small cost in accuracy',
  revision: 1,
  create({ strength, base }) {
    const label = `L1 (strength ${strength})${withBase(base)}`;
    const loss = baseLoss(base);
    const gradient = (step: Step): StepGradient => penalized(step, loss, strength);
    return {
      label,
      training: () => ({ loop: () => ({ gradient }) }),
    };
  },
};

const isPenalized = ({ role }: TensorInfo): boolean => role === 'weight' || role === 'scale';

function penalized(step: Step, loss: Loss, strength: number): StepGradient {
  const { tf, network, tensors } = step;
  const plain = plainGradient(step, lossOnBatch(loss));
  const gradients = plain.gradients.map((gradient, i) => {
    if (!isPenalized(network.parameters[i])) return gradient;
    const sum = tf.tidy(() => gradient.add<Tensor>(tensors.parameters[i].sign().mul(strength)));
    gradient.dispose();
    return sum;
  });
  const values = tf.tidy(() => {
    const weights = tensors.parameters.filter((_, i) => isPenalized(network.parameters[i]));
    const total = tf.addN(weights.map((weight) => weight.abs().sum()));
    return plain.values.add<Tensor1D>(total.mul(strength));
  });
  plain.values.dispose();
  return { values, gradients, buffers: plain.buffers };
}
