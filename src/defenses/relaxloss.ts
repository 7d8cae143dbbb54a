import { z } from 'zod';
import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { numberIn, oneOfNames } from '../losses/parameters';
import type { DefenseDefinition, LossOnBatch } from '../training/defense';
import { softmaxTensors } from '../training/batch-loss';
import { type LossGradient } from '../training/defense';
import type { SoftmaxTensors } from '../losses/loss';

const parameters = z
  .object({
    target: numberIn(
      '[0, Infinity)',
      0.5,
      'mean cross-entropy that the members are held at (alpha of the paper)',
    ),
    upper: numberIn('(0, 1]', 1, 'largest true-class probability that flattening aims at'),
    flattening: oneOfNames(
      ['by-shape', 'images', 'tables'],
      'by-shape',
      'which of the two official forms flattens; by-shape: images if an input has rows and columns, else tables',
    ),
  })
  .strict();

/**
 * RelaxLoss (Chen, Yu and Fritz, ICLR 2022, arXiv:2207.05801, algorithm 1), as its official code has it. With L the mean
 * cross-entropy of the batch and epochs counted from 1 (the code counts from 0):
 *
 * - odd epochs: |L - target|, so ascent below the target;
 * - even epochs, L above the target: L; else posterior flattening, towards soft targets with min(p_y, upper) for the true
 *   class and equal shares of the rest for the others. For images only records that are misclassified are flattened, and
 *   all climb: mean of [misclassified] CE_soft - CE. For tables: mean of CE_soft. Gradients go through the soft targets.
 *
 * The paper's authors' development code of CCL tests a wrong counter, so that every epoch has |L - target|: that is the
 * loss `flooding` with level = target, but for the constant that flooding adds.
 */
export const relaxloss: DefenseDefinition<typeof parameters> = {
  title: 'RelaxLoss',
  short: 'RelaxLoss',
  source:
    'Chen et al., ICLR 2022, arXiv:2207.05801, algorithm 1; source/{cifar,nonimage}/defense/relaxloss.py of the official code. ' +
    'Its form without flattening, in the development code of CCL, is the loss `flooding`',
  parameters,
  changes: ['loss'],
  needs: [],
  claim: 'members keep a loss like that of non-members at little or no cost in accuracy',
  revision: 1,
  create({ target, upper, flattening }) {
    const form = flattening === 'by-shape' ? '' : `, flattening ${flattening}`;
    const label = `RelaxLoss (target ${target}${upper < 1 ? `, upper ${upper}` : ''}${form})`;
    return {
      label,
      training: ({ inputShape }) => {
        const images = flattening === 'by-shape' ? inputShape.length > 1 : flattening === 'images';
        return { loss: relaxLossOnBatch({ target, upper, images }) };
      },
    };
  },
};

/** @param images flatten as the official code does for images, else as for tables */
function relaxLossOnBatch({
  target,
  upper,
  images,
}: {
  target: number;
  upper: number;
  images: boolean;
}): LossOnBatch {
  return (tf, { z: logits, oneHot, epoch }) => {
    const softmax = softmaxTensors(tf, logits, oneHot);
    const { u, direction } = softmax;
    const batch = u.shape[0];
    const excess = u.mean<Tensor1D>(0, true).sub<Tensor1D>(target);
    const sign = Math.sign(excess.dataSync()[0]);
    if (epoch % 2 === 1) return { values: excess.abs(), logitGradient: direction.mul(sign / batch) };
    if (sign > 0) return { values: u, logitGradient: direction.div(batch) };
    return images ? climbing(tf, softmax, flattened(tf, softmax, upper)) : flattened(tf, softmax, upper);
  };
}

/**
 * Cross-entropy with soft targets t: c = min(p_y, upper) for the true class, (1 - c) / (K - 1) for each other one. As t sums
 * to 1 and moves with p_y where p_y <= upper: dCE_soft/dz_k = p_k - t_k - [p_y <= upper] p_y (p_k - [k = y]) (u + S / (K - 1)),
 * with S the sum of ln p_k over the wrong classes.
 */
function flattened(tf: TensorFlow, softmax: SoftmaxTensors, upper: number): LossGradient {
  const { p, u, oneHot, direction } = softmax;
  const [batch, classes] = oneHot.shape;
  const logP = softmax.logProbabilities();
  const own = p.minimum<Tensor1D>(upper);
  const others = tf.sub<Tensor1D>(1, own).div<Tensor1D>(classes - 1);
  const othersLogP = logP.mul<Tensor2D>(tf.sub(1, oneHot)).sum<Tensor1D>(1);
  const values = own.mul<Tensor1D>(u).sub<Tensor1D>(others.mul(othersLogP));
  const targets = others.expandDims(1).add<Tensor2D>(oneHot.mul(own.sub(others).expandDims(1)));
  const inside = p.lessEqual(upper).toFloat() as Tensor1D;
  const moving = inside.mul<Tensor1D>(p).mul<Tensor1D>(u.add(othersLogP.div(classes - 1)));
  const logitGradient = softmax
    .probabilities()
    .sub<Tensor2D>(targets)
    .sub<Tensor2D>(direction.mul(moving.expandDims(1)))
    .div<Tensor2D>(batch);
  return { values, logitGradient };
}

/** mean of [misclassified] CE_soft - CE. */
function climbing(
  tf: TensorFlow,
  { z, oneHot, u, direction }: SoftmaxTensors,
  soft: LossGradient,
): LossGradient {
  const wrong = z.argMax(1).notEqual(oneHot.argMax(1)).toFloat() as Tensor1D;
  return {
    values: soft.values.mul<Tensor1D>(wrong).sub<Tensor1D>(u),
    logitGradient: soft.logitGradient
      .mul<Tensor2D>(wrong.expandDims(1))
      .sub<Tensor2D>(direction.div(u.shape[0])),
  };
}
