import type { Window } from '../../platform/backend/kernels';
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D, TensorFlow } from '../../platform/backend/tensor';

/** So many values of patches or gradients are made at a time: 64 MB. */
const largest = 2 ** 24;

/**
 * Squared length of each record's own gradient of a filter (and bias), [batch].
 *
 * With patches P [places, inner] and dy D [places, out] of a record, its gradient is P^T D. Where there are few places,
 * |P^T D|^2 = sum over places s, t of (P P^T)_st (D D^T)_st, and the gradient is never made ("ghost norm", Bu et al.,
 * NeurIPS 2022, arXiv:2205.10683); where there are many, it is made for a few records at a time.
 */
export function convExampleNorms(
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  window: Window,
  hasBias: boolean,
): Tensor1D {
  const [batch, height, width, out] = dy.shape;
  const places = height * width;
  const inner = window.size * window.size * x.shape[3];
  const isGhost = 2 * places * places <= inner * out;
  const perRecord = places * inner + (isGhost ? 2 * places * places : inner * out);
  const chunk = Math.max(1, Math.floor(largest / perRecord));
  return tf.tidy(() => {
    const parts: Tensor1D[] = [];
    for (let from = 0; from < batch; from += chunk) {
      const count = Math.min(chunk, batch - from);
      parts.push(
        tf.tidy(() => {
          const images = x.slice([from, 0, 0, 0], [count, -1, -1, -1]);
          const delta = dy
            .slice([from, 0, 0, 0], [count, -1, -1, -1])
            .reshape<Tensor3D>([count, places, out]);
          const rows = patches(tf, images, window, [height, width]).reshape<Tensor3D>([count, places, inner]);
          const ofFilter = isGhost ? ghost(tf, rows, delta) : direct(tf, rows, delta);
          return hasBias ? ofFilter.add<Tensor1D>(delta.sum<Tensor2D>(1).square().sum(1)) : ofFilter;
        }),
      );
    }
    return parts.length === 1 ? parts[0] : tf.concat(parts);
  });
}

function ghost(tf: TensorFlow, rows: Tensor3D, delta: Tensor3D): Tensor1D {
  return tf
    .matMul(rows, rows, false, true)
    .mul(tf.matMul(delta, delta, false, true))
    .sum<Tensor1D>([1, 2]);
}

function direct(tf: TensorFlow, rows: Tensor3D, delta: Tensor3D): Tensor1D {
  return tf.matMul(rows, delta, true, false).square().sum<Tensor1D>([1, 2]);
}

/** The pixels under the window at each place, [count, height, width, size x size x channels]. */
function patches(
  tf: TensorFlow,
  x: Tensor4D,
  { size, stride, pad }: Window,
  [height, width]: readonly [number, number],
): Tensor4D {
  const count = x.shape[0];
  const channels = x.shape[3];
  const side: [number, number] = [pad[0], pad[1]];
  // Enough after the end for the last window, whose own padding may be less.
  const image = tf.pad4d(x, [[0, 0], side, side, [0, 0]]);
  const taps: Tensor4D[] = [];
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const end = [count, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1, channels];
      taps.push(tf.stridedSlice(image, [0, row, column, 0], end, [1, stride, stride, 1]) as Tensor4D);
    }
  return tf.concat(taps, 3);
}
