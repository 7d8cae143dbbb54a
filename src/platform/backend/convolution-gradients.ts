import type { Window } from './kernels';
import type { Tensor4D, TensorFlow } from './tensor';

/** Up to this height of dy, filling it with zeros is faster than TensorFlow's own kernel for stride 2. */
const smallHeight = 4;

/**
 * Whether `inputGradientByConvolution` should be used. TensorFlow's Conv2DBackpropInput is 2 to 20 times slower than its
 * Conv2D on small images.
 */
export function isFasterByConvolution({ stride }: Window, dy: Tensor4D): boolean {
  return stride === 1 || (stride === 2 && dy.shape[1] <= smallHeight && dy.shape[2] <= smallHeight);
}

/**
 * The gradient of a convolution's input as a convolution itself: of dy (with zeros between its pixels for stride 2) with
 * the filter turned by 180 degrees and its in and out channels swapped.
 *
 * @param shape of the input, [batch, height, width, channels]
 * @returns null if the padding would be negative, so that another way must be taken
 */
export function inputGradientByConvolution(
  tf: TensorFlow,
  convolve: (x: Tensor4D, filter: Tensor4D, window: Window) => Tensor4D,
  { shape, filter, dy, window }: { shape: readonly number[]; filter: Tensor4D; dy: Tensor4D; window: Window },
): Tensor4D | null {
  const { size, stride, pad } = window;
  const before = size - 1 - pad[0];
  const [afterRows, afterColumns] = [1, 2].map(
    (axis) => shape[axis] - stride * dy.shape[axis] + size - 1 - before,
  );
  if (before < 0 || afterRows < 0 || afterRows !== afterColumns) return null;
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    const spread = stride === 1 ? dy : spreadByTwo(tf, dy);
    return convolve(spread, turned, { size, stride: 1, pad: [before, afterRows] });
  });
}

/** Twice the height and width, each pixel followed by a row and a column of zeros. */
function spreadByTwo(tf: TensorFlow, x: Tensor4D): Tensor4D {
  const withZeros = tf.pad4d(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 3 * x.shape[3]],
  ]);
  return tf.depthToSpace(withZeros, 2);
}

/**
 * Whether `filterGradientByConvolution` should be used: on small images, TensorFlow's Conv2DBackpropFilter takes up to
 * twice as long.
 */
export function isFasterWithAxesSwapped({ stride }: Window, dy: Tensor4D): boolean {
  const [, height, width, out] = dy.shape;
  const largest = Math.max(height, width);
  return stride === 1 && (largest <= 4 || (largest <= 8 && out <= 32));
}

/**
 * The gradient of a filter (stride 1) as a convolution that runs over the batch as its channels: x as [in, height, width,
 * batch] with dy as a filter [height, width, batch, out].
 *
 * @returns null for images that are not square
 */
export function filterGradientByConvolution(
  tf: TensorFlow,
  convolve: (x: Tensor4D, filter: Tensor4D, window: Window) => Tensor4D,
  { x, dy, window }: { x: Tensor4D; dy: Tensor4D; window: Window },
): Tensor4D | null {
  const [, height, width] = dy.shape;
  if (height !== width) return null;
  return tf.tidy(() => {
    const images = tf.transpose(x, [3, 1, 2, 0]);
    const filter = tf.transpose(dy, [1, 2, 0, 3]);
    return tf.transpose(convolve(images, filter, { size: height, stride: 1, pad: window.pad }), [1, 2, 0, 3]);
  });
}
