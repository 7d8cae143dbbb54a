import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { SoftmaxTensors } from '../losses/loss';

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
