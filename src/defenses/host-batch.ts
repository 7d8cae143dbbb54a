import type { Network } from '../models/network';
import type { Tensor, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import type { Records } from '../training/records';

/** Records as they are, without augmentation: what an adversary would ask about. The caller disposes. */
export function hostBatch(
  tf: TensorFlow,
  { inputShape, classes }: Pick<Network, 'inputShape' | 'classes'>,
  { x, y }: Records,
  numbers: Int32Array,
): { x: Tensor; oneHot: Tensor2D } {
  const size = x.length / y.length;
  const taken = new Float32Array(numbers.length * size);
  numbers.forEach((number, i) => taken.set(x.subarray(number * size, (number + 1) * size), i * size));
  return {
    x: tf.tensor(taken, [numbers.length, ...inputShape]),
    oneHot: tf.tidy(() => {
      const labels = tf.tensor1d(
        Int32Array.from(numbers, (number) => y[number]),
        'int32',
      );
      return tf.oneHot(labels, classes).toFloat() as Tensor2D;
    }),
  };
}
