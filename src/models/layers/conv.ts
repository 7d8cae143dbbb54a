import type { Window } from '../../platform/backend/kernels';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../../platform/backend/tensor';
import type { NetworkBuilder } from '../network-builder';
import { convExampleNorms } from './conv-example-norms';
import type { BackwardPass, Layer } from './layer';
import { windowOutput } from './max-pool';
import { usedTaps, type Taps } from './window-taps';

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
