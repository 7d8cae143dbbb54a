import type { Loss, SoftmaxTensors } from '../losses/loss';
import { checkLabeledLogits, checkReduction, type Reduction } from '../losses/on-logits';
import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type {
  Defense,
  DefenseOptionValues,
  LoopRun,
  LoopSetup,
  LossGradient,
  LossOnBatch,
  LossTraining,
  Released,
  Step,
  StepGradient,
} from './defense';

/** The simplest defense: training with a loss and nothing else. */
export function lossDefense(loss: Loss): Defense {
  return {
    name: loss.name,
    options: loss.options as DefenseOptionValues,
    title: loss.title,
    label: loss.label,
    changes: ['loss'],
    needs: [],
    revision: loss.revision ?? 0,
    training: () => lossTraining(loss),
  };
}

/** Plain training with a loss. */
export function lossTraining(loss: Loss): LossTraining {
  const perRecord = loss.kind === 'batch' ? undefined : JSON.stringify([loss.name, loss.options]);
  return { loss: lossOnBatch(loss), perRecord };
}

/** A loss in its form for batches of logits. */
export function lossOnBatch(loss: Loss): LossOnBatch {
  return (tf, { z, oneHot }) => lossGradient(tf, loss, z, oneHot);
}

/** The training at work, whichever kind it is. */
export function openLoop(released: Released, setup: LoopSetup): LoopRun {
  if ('loop' in released) return released.loop(setup);
  return { gradient: (step) => plainGradient(step, released.loss) };
}

/** Forward pass, loss, backward pass: the gradient of plain training. */
export function plainGradient(step: Step, loss: LossOnBatch): StepGradient {
  const { tf, network, tensors, x, oneHot, records, key } = step;
  const { logits, saved, buffers } = network.forward(tf, tensors, x, key);
  const { values, logitGradient } = tf.tidy(() => {
    const { epoch, step: number } = key;
    const result = loss(tf, { z: logits, oneHot, records, epoch, step: number });
    return { values: result.values, logitGradient: result.logitGradient };
  });
  const { parameters } = network.backward(tf, tensors, saved, logitGradient);
  tf.dispose([logits, logitGradient]);
  return { values, gradients: parameters, buffers };
}

/**
 * Loss and logit gradient of a batch, directly, without automatic differentiation.
 *
 * Kind p: d mean(f) / dz_k = w(p_y) (softmax(z)_k - [k = y]) / batch. Kind logits: the loss's own gradient. Kind batch:
 * dL/du of each record times softmax - onehot.
 *
 * @param oneHot the true classes, [batch, classes]
 */
export function lossGradient(tf: TensorFlow, loss: Loss, z: Tensor2D, oneHot: Tensor2D): LossGradient {
  return tf.tidy(() => {
    const softmax = softmaxTensors(tf, z, oneHot);
    const { direction } = softmax;
    const batch = z.shape[0];
    if (loss.kind === 'batch') {
      const { values, weights } = loss.onTensors(softmax.u);
      return { values, logitGradient: direction.mul<Tensor2D>(weights.expandDims(1)) };
    }
    if (loss.kind === 'logits') {
      const { values, gradients } = loss.onTensors(softmax);
      return { values, logitGradient: gradients.div<Tensor2D>(batch) };
    }
    const { constantWeight } = loss;
    const logitGradient =
      constantWeight !== null
        ? direction.mul<Tensor2D>(constantWeight / batch)
        : direction.mul<Tensor2D>(loss.weights(softmax).div(batch).expandDims(1));
    return { values: loss.values(softmax), logitGradient };
  });
}

/**
 * The true class's p, 1 - p and -ln p of a batch, and softmax - onehot, from logits.
 *
 * Goes through log-softmax with the row maximum taken out, so that logits up to 1e4 in size neither overflow nor
 * round the loss to 0 or Infinity; the true class's own entry of the direction is -(1 - p_y), summed from the other
 * classes. Call it inside tf.tidy.
 *
 * @param z logits, [batch, classes]
 * @param oneHot the true classes, [batch, classes]
 */
export function softmaxTensors(tf: TensorFlow, z: Tensor2D, oneHot: Tensor2D): SoftmaxTensors {
  const shifted = z.sub<Tensor2D>(z.max(1, true));
  const exponentials = shifted.exp<Tensor2D>();
  const total = exponentials.sum(1, true);
  const notTrue = tf.sub<Tensor2D>(1, oneHot);
  const otherExponentials = exponentials.mul<Tensor2D>(notTrue);
  const others = otherExponentials.div<Tensor2D>(total);
  const q = others.sum<Tensor1D>(1);
  const shiftedTrue = shifted.mul(oneHot).sum<Tensor1D>(1);
  // Where the true class is the largest, total = 1 + rest, and log1p keeps a rest that the sum would round away.
  const u = tf.where<Tensor1D>(
    shiftedTrue.equal(0),
    otherExponentials.sum<Tensor1D>(1).log1p<Tensor1D>(),
    total.log().squeeze<Tensor1D>([1]).sub<Tensor1D>(shiftedTrue),
  );
  const direction = others.sub<Tensor2D>(oneHot.mul(q.expandDims(1)));
  return {
    z,
    oneHot,
    p: u.neg<Tensor1D>().exp<Tensor1D>(),
    q,
    u,
    direction,
    logProbabilities: () => shifted.sub<Tensor2D>(total.log()),
    probabilities: () => exponentials.div<Tensor2D>(total),
    at: (other) => softmaxTensors(tf, other, oneHot),
  };
}

/**
 * A loss as a TensorFlow.js operation on logits, for own training loops: `tf.grads` through it uses the exact logit
 * gradient instead of differentiating the logarithms and powers inside.
 *
 * Not for second derivatives: the gradient is a plain operation, which does not depend on the logits once more.
 *
 * @param z logits, [batch, classes]
 * @param labels true classes 0 .. classes - 1, [batch]
 * @returns [batch] with reduction none, a scalar with mean (default) and sum
 * @throws UserError for a logit that is not finite, a label out of range, or a batch loss with another reduction
 */
export function tensorLoss(
  tf: TensorFlow,
  loss: Loss,
  z: Tensor2D,
  labels: ArrayLike<number>,
  reduction: Reduction = 'mean',
): Tensor {
  const [batch, classes] = z.shape;
  checkLabeledLogits({ n: batch, classes, logits: z.dataSync(), labels });
  checkReduction(loss, reduction);
  const operation = tf.customGrad((...inputs: unknown[]) => {
    const [logits, save] = inputs as [Tensor2D, (tensors: Tensor[]) => void];
    const oneHot = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes).toFloat() as Tensor2D;
    const { values, logitGradient } = lossGradient(tf, loss, logits, oneHot);
    const factor = reduction === 'mean' ? 1 : batch;
    save([factor === 1 ? logitGradient : logitGradient.mul(factor)]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor =>
      saved[0].mul(reduction === 'none' ? dy.expandDims(1) : dy);
    return { value: reduced(values, reduction), gradFunc };
  });
  return operation(z);
}

function reduced(values: Tensor1D, reduction: Reduction): Tensor {
  if (reduction === 'none') return values;
  return reduction === 'mean' ? values.mean() : values.sum();
}
