import type { Window } from '../../platform/backend/kernels';
import type {
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorFlow,
} from '../../platform/backend/tensor';
import type { NetworkBuilder } from '../network-builder';
import type { BackwardPass, Layer } from './layer';
import { windowOutput } from './pooling';

export interface ConvOptions {
  readonly out: number;
  /** Height and width of the filter. */
  readonly size: number;
  /** Default 1. */
  readonly stride?: number;
  /** Default 0. */
  readonly pad?: number;
  /** Default false: a norm follows. */
  readonly bias?: boolean;
}

/** What a convolution is made of, once the input's shape is known. */
interface ConvPlan {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** [size, size, in, out]. */
  readonly filterShape: readonly number[];
  readonly taps: Taps;
  /** Whether the convolution is a matrix product: [places, inner] x [inner, out]. */
  readonly isProduct: boolean;
}

/** Conv2d(in, out, size, stride, pad): filter [size, size, in, out] under `name`.weight, bias under `name`.bias. */
export function conv(
  builder: NetworkBuilder,
  name: string,
  shape: readonly number[],
  { out, size, stride = 1, pad = 0, bias = false }: ConvOptions,
): Layer {
  const plan = planOf(shape, out, { size, stride, pad: [pad, pad] });
  const fans = { fanIn: size * size * shape[2], fanOut: size * size * out };
  const numbers = builder.weighted(name, plan.filterShape, { bias, fans });
  builder.hasConvolutions = true;
  return {
    outputShape: plan.outputShape,
    forward(pass, x) {
      const filter = usedFilter(plan, pass.parameters[numbers.weight]);
      const linear = convolve(pass, plan, x, filter);
      filter.dispose();
      pass.keep(x);
      if (numbers.bias === null) return linear;
      const y = pass.kernels.addBias(linear, pass.parameters[numbers.bias] as Tensor1D);
      linear.dispose();
      return y;
    },
    backward(pass, dy, needed) {
      const taken = pass.take();
      const x = taken[0] as Tensor4D;
      pass.parameterGradients(
        dy,
        (delta) => {
          if (numbers.bias !== null) pass.gradients[numbers.bias] = pass.kernels.biasGradient(delta);
          pass.gradients[numbers.weight] = filterGradient(pass, plan, x, delta);
        },
        () => convExampleNorms(pass.tf, x, dy as Tensor4D, plan.taps.window, numbers.bias !== null),
      );
      pass.release(taken);
      const dx = needed ? inputGradient(pass, plan, pass.parameters[numbers.weight], dy) : null;
      dy.dispose();
      return dx;
    },
  };
}

function planOf(shape: readonly number[], out: number, window: Window): ConvPlan {
  const [height, width, channels] = shape;
  const outputShape = [windowOutput(height, window), windowOutput(width, window), out];
  const whole: Taps = { first: 0, count: window.size, window };
  const taps = height === width ? usedTaps(height, outputShape[0], window) : whole;
  const { size, stride, pad } = taps.window;
  const unpadded = pad[0] === 0 && pad[1] === 0;
  const isPoint = size === 1 && stride === 1;
  const isWholeImage = outputShape[0] === 1 && outputShape[1] === 1 && size === height && size === width;
  return {
    inputShape: shape,
    outputShape,
    filterShape: [window.size, window.size, channels, out],
    taps,
    isProduct: unpadded && (isPoint || isWholeImage),
  };
}

/** The filter's used taps; a clone if that is all of them. */
function usedFilter({ filterShape, taps: { first, count } }: ConvPlan, filter: Tensor): Tensor4D {
  const [size, , channels, out] = filterShape;
  if (count === size) return filter.clone() as Tensor4D;
  return filter.slice([first, first, 0, 0], [count, count, channels, out]) as Tensor4D;
}

/** Filter (or its gradient), image or result as the matrix that it is in a product. */
function asMatrix(x: Tensor, columns: number): Tensor2D {
  return x.reshape([-1, columns]);
}

function convolve(
  { tf, kernels }: Pick<BackwardPass, 'tf' | 'kernels'>,
  plan: ConvPlan,
  x: Tensor,
  filter: Tensor4D,
): Tensor {
  if (!plan.isProduct) return kernels.convolve(x as Tensor4D, filter, plan.taps.window);
  return tf.tidy(() => {
    const [inner, out] = innerAndOut(plan);
    return kernels.product(asMatrix(x, inner), asMatrix(filter, out)).reshape([-1, ...plan.outputShape]);
  });
}

function filterGradient({ tf, kernels }: BackwardPass, plan: ConvPlan, x: Tensor, dy: Tensor): Tensor {
  const { first, count, window } = plan.taps;
  const [size, , channels, out] = plan.filterShape;
  const used = [count, count, channels, out];
  return tf.tidy(() => {
    const [inner] = innerAndOut(plan);
    const gradient = plan.isProduct
      ? kernels.product(asMatrix(x, inner), asMatrix(dy, out), { transposeA: true }).reshape<Tensor4D>(used)
      : kernels.convolveFilterGradient(x as Tensor4D, used, dy as Tensor4D, window);
    if (count === size) return gradient;
    const unused: [number, number] = [first, size - first - count];
    return tf.pad4d(gradient, [unused, unused, [0, 0], [0, 0]]);
  });
}

function inputGradient({ tf, kernels }: BackwardPass, plan: ConvPlan, whole: Tensor, dy: Tensor): Tensor {
  return tf.tidy(() => {
    const filter = usedFilter(plan, whole);
    const out = plan.filterShape[3];
    return plan.isProduct
      ? kernels
          .product(asMatrix(dy, out), asMatrix(filter, out), { transposeB: true })
          .reshape([-1, ...plan.inputShape])
      : kernels.convolveInputGradient(
          [dy.shape[0], ...plan.inputShape],
          filter,
          dy as Tensor4D,
          plan.taps.window,
        );
  });
}

function innerAndOut({ taps: { count }, filterShape: [, , channels, out] }: ConvPlan): [number, number] {
  return [count * count * channels, out];
}

/** The taps of a square filter that ever meet the image, and the window that they make. */
export interface Taps {
  /** Number of the first tap that is used. */
  readonly first: number;
  /** How many are used. */
  readonly count: number;
  /** The window of the used taps alone; it gives the same output. */
  readonly window: Window;
}

/**
 * On small images the outer taps of a filter see nothing but padding (a 3x3 filter with padding 1 on one pixel has one
 * tap that counts). Leaving them out changes no number and saves up to eight ninths of the work.
 *
 * @param input height of a square image
 * @param output height of the result
 */
export function usedTaps(input: number, output: number, { size, stride, pad }: Window): Taps {
  const meets = (tap: number): boolean => {
    for (let place = 0; place < output; place++) {
      const at = place * stride - pad[0] + tap;
      if (at >= 0 && at < input) return true;
    }
    return false;
  };
  const used = Array.from({ length: size }, (_, tap) => tap).filter(meets);
  const first = used[0];
  const count = used[used.length - 1] - first + 1;
  const before = pad[0] - first;
  const after = Math.max(0, (output - 1) * stride + count - input - before);
  return { first, count, window: { size: count, stride, pad: [before, after] } };
}

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
