import { badInput } from '../../errors';
import type { Window } from '../../platform/backend/kernels';
import type { Tensor, Tensor4D, TensorFlow } from '../../platform/backend/tensor';
import type { Layer } from './layer';

/** Output height (or width) of a window on an input of that height: floor((input + pads - size) / stride) + 1. */
export function windowOutput(input: number, { size, stride, pad }: Window): number {
  const output = Math.floor((input + pad[0] + pad[1] - size) / stride) + 1;
  if (output < 1) {
    throw badInput(
      'height or width before a layer',
      input,
      `must be at least ${size - pad[0] - pad[1]} there`,
      'Give the network larger images',
    );
  }
  return output;
}

/** Largest value of each window, MaxPool2d(size, stride, pad); the gradient goes to one largest value. */
export function maxPool(
  shape: readonly number[],
  { size, stride, pad = 0 }: { size: number; stride: number; pad?: number },
): Layer {
  const window: Window = { size, stride, pad: [pad, pad] };
  return {
    outputShape: [windowOutput(shape[0], window), windowOutput(shape[1], window), shape[2]],
    forward(pass, x) {
      const y = pass.kernels.maxPool(x as Tensor4D, window);
      pass.keep(x, y.clone());
      return y;
    },
    backward(pass, dy) {
      const taken = pass.take();
      const dx = pass.kernels.maxPoolGradient(
        taken[0] as Tensor4D,
        taken[1] as Tensor4D,
        dy as Tensor4D,
        window,
      );
      dy.dispose();
      pass.release(taken);
      return dx;
    },
  };
}

/** Mean of each window, AvgPool2d(size, stride). */
export function averagePool(
  shape: readonly number[],
  { size, stride }: { size: number; stride: number },
): Layer {
  const window: Window = { size, stride, pad: [0, 0] };
  return {
    outputShape: [windowOutput(shape[0], window), windowOutput(shape[1], window), shape[2]],
    forward(pass, x) {
      const y = pass.kernels.averagePool(x as Tensor4D, window);
      x.dispose();
      return y;
    },
    backward(pass, dy) {
      const dx = pass.kernels.averagePoolGradient([dy.shape[0], ...shape], dy as Tensor4D, window);
      dy.dispose();
      return dx;
    },
  };
}

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

/** Mean over height and width: [height, width, channels] to [channels]. */
export function globalAveragePool(shape: readonly number[]): Layer {
  const [height, width, channels] = shape;
  const pixels = height * width;
  return {
    outputShape: [channels],
    forward({ tf }, x) {
      const y = tf.tidy(() => (pixels === 1 ? x.reshape([-1, channels]) : x.mean([1, 2])));
      x.dispose();
      return y;
    },
    backward({ tf }, dy) {
      const dx = tf.tidy(() => {
        const point = dy.reshape([-1, 1, 1, channels]);
        return pixels === 1 ? point : point.div(pixels).tile([1, height, width, 1]);
      });
      dy.dispose();
      return dx;
    },
  };
}
