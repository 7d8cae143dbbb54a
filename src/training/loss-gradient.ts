import type { TensorFlow } from '../backend/tensor';
import type { Tensor1D, Tensor2D } from '../backend/tensor';
import type { ProbabilityLoss } from '../losses/loss';

/** Per-record loss values, [batch], and the gradient of their mean with respect to the logits, [batch, classes]. */
export interface LossGradient {
  readonly values: Tensor1D;
  readonly logitGradient: Tensor2D;
}

/**
 * Loss and logit gradient of a batch, directly: d mean(f) / dz_k = w(p_y) (softmax(z)_k - [k = y]) / batch.
 *
 * Goes through log-softmax with the row maximum taken out, so that logits up to 1e4 in size neither overflow nor
 * round the loss to 0 or Infinity; the true class's own entry is -(1 - p_y), summed from the other classes.
 *
 * @param oneHot the true classes, [batch, classes]
 */
export function lossGradient(
  tf: TensorFlow,
  loss: ProbabilityLoss,
  z: Tensor2D,
  oneHot: Tensor2D,
): LossGradient {
  return tf.tidy(() => {
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
    const trueClass = { p: u.neg<Tensor1D>().exp<Tensor1D>(), q, u };
    const direction = others.sub<Tensor2D>(oneHot.mul(q.expandDims(1)));
    const batch = z.shape[0];
    const { constantWeight } = loss;
    const logitGradient =
      constantWeight !== null
        ? direction.mul<Tensor2D>(constantWeight / batch)
        : direction.mul<Tensor2D>(loss.weights(trueClass).div(batch).expandDims(1));
    return { values: loss.values(trueClass), logitGradient };
  });
}
