import type { Tensor, TensorFlow } from '../../platform/backend/tensor';
import type { Layer } from './layer';

/**
 * AdaptiveAvgPool2d(size): row i of the output is the mean of the rows floor(i h / size) .. ceil((i + 1) h / size) - 1,
 * columns alike. It is a matrix product on either side, and its gradient the transposed ones.
 */
export function adaptiveAveragePool(shape: readonly number[], size: number): Layer {
  const [height, width, channels] = shape;
  const same = height === size && width === size;
  const apply = (tf: TensorFlow, x: Tensor, back: boolean): Tensor => {
    const result = tf.tidy(() => {
      const rows = tf.tensor2d(means(height, size), [size, height]);
      const columns = tf.tensor2d(means(width, size), [size, width]);
      const [, inHeight, inWidth] = x.shape;
      const [outHeight, outWidth] = back ? [height, width] : [size, size];
      const byRows = tf
        .matMul(rows, x.transpose([1, 0, 2, 3]).reshape([inHeight, -1]), back)
        .reshape([outHeight, -1, inWidth, channels]);
      return tf
        .matMul(columns, byRows.transpose([2, 1, 0, 3]).reshape([inWidth, -1]), back)
        .reshape([outWidth, -1, outHeight, channels])
        .transpose([1, 2, 0, 3]);
    });
    x.dispose();
    return result;
  };
  return {
    outputShape: [size, size, channels],
    forward: ({ tf }, x) => (same ? x : apply(tf, x, false)),
    backward: ({ tf }, dy) => (same ? dy : apply(tf, dy, true)),
  };
}

/** The matrix [size, input] that takes the means. */
function means(input: number, size: number): Float32Array {
  const matrix = new Float32Array(size * input);
  for (let i = 0; i < size; i++) {
    const from = Math.floor((i * input) / size);
    const to = Math.ceil(((i + 1) * input) / size);
    matrix.fill(1 / (to - from), i * input + from, i * input + to);
  }
  return matrix;
}
