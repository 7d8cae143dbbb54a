import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Loss } from '../losses/loss';
import { softmaxTensors } from './softmax-tensors';

/** Loss values and the gradient of their mean with respect to the logits, [batch, classes]. */
export interface LossGradient {
  /** One a record, [batch]; of a loss of kind `batch` its one value, [1]. Their mean is what is minimized. */
  readonly values: Tensor1D;
  readonly logitGradient: Tensor2D;
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
