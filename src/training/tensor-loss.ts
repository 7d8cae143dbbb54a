import type { Tensor, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Loss } from '../losses/loss';
import { checkLabeledLogits, checkReduction, type Reduction } from '../losses/on-logits';
import { lossGradient } from './loss-gradient';

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
