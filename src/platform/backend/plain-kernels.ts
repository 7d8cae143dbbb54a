import { UserError } from '../../errors';
import type { Kernels, Window } from './kernels';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D, TensorFlow } from './tensor';

/** The operations through TensorFlow.js's public functions, for the WebAssembly and the plain backend. */
export function plainKernels(tf: TensorFlow): Kernels {
  const sumButLast = (x: Tensor): Tensor1D => x.sum<Tensor1D>(x.shape.map((_, axis) => axis).slice(0, -1));
  return {
    product: (a, b, { transposeA, transposeB } = {}) => tf.matMul(a, b, transposeA, transposeB),
    products: (a, b, { transposeA, transposeB } = {}) => tf.matMul(a, b, transposeA, transposeB),
    dense: (x, w, b) => tf.tidy(() => tf.matMul(x, w).add<Tensor2D>(b)),
    addBias: (x, b) => x.add(b),
    biasGradient: (dy) => tf.tidy(() => sumButLast(dy)),
    reluGradient: (dy, y) => tf.tidy(() => dy.mul(y.step(0))),
    tanhGradient: (dy, y) => tf.tidy(() => tf.sub(dy, dy.mul(y).mul(y))),
    ...convolutions(tf),
    ...pools(tf),
    ...batchNorms(tf, sumButLast),
  };
}

const noPad = { pad: 'valid', dataFormat: 'NHWC', dimRoundingMode: undefined } as const;

/** Padding is made by hand: the kernels know SAME and VALID only, and SAME pads the end first where PyTorch does not. */
function padded(tf: TensorFlow, x: Tensor4D, { pad }: Window, value = 0): Tensor4D {
  if (pad[0] === 0 && pad[1] === 0) return x;
  const side = [pad[0], pad[1]] as [number, number];
  return tf.pad4d(x, [[0, 0], side, side, [0, 0]], value);
}

/** The part of a padded image's gradient that belongs to the image. */
function unpadded(x: Tensor4D, shape: readonly number[], { pad }: Window): Tensor4D {
  return x.slice([0, pad[0], pad[0], 0], shape as [number, number, number, number]);
}

function paddedShape(shape: readonly number[], { pad }: Window): number[] {
  const [batch, height, width, channels] = shape;
  return [batch, height + pad[0] + pad[1], width + pad[0] + pad[1], channels];
}

function runKernel(tf: TensorFlow, name: string, inputs: Record<string, Tensor>, attrs: object): Tensor4D {
  return tf.engine().runKernel(name, inputs, attrs as never) as Tensor4D;
}

function convolutions(tf: TensorFlow) {
  return {
    convolve: (x: Tensor4D, filter: Tensor4D, window: Window): Tensor4D =>
      tf.tidy(() => tf.conv2d(padded(tf, x, window), filter, window.stride, 'valid')),
    convolveInputGradient: (
      shape: readonly number[],
      filter: Tensor4D,
      dy: Tensor4D,
      window: Window,
    ): Tensor4D =>
      tf.tidy(() => {
        const inputShape = paddedShape(shape, window);
        const attrs = { ...noPad, strides: window.stride, inputShape };
        return unpadded(runKernel(tf, 'Conv2DBackpropInput', { dy, filter }, attrs), shape, window);
      }),
    convolveFilterGradient: (
      x: Tensor4D,
      shape: readonly number[],
      dy: Tensor4D,
      window: Window,
    ): Tensor4D => {
      if (tf.getBackend() === 'wasm') {
        throw new UserError(
          'The WebAssembly backend cannot train convolutions: it has no gradient of a filter. ' +
            'Build the native backend with `npm run setup` (needs Python and a C++ compiler), or train an mlp.',
        );
      }
      return tf.tidy(() => {
        const attrs = { ...noPad, strides: window.stride, filterShape: shape };
        return runKernel(tf, 'Conv2DBackpropFilter', { x: padded(tf, x, window), dy }, attrs);
      });
    },
  };
}

const lowest = -3.4e38;

function pools(tf: TensorFlow) {
  const attributes = ({ size, stride }: Window): object => ({
    filterSize: [size, size],
    strides: [stride, stride],
    pad: 'valid',
  });
  return {
    maxPool: (x: Tensor4D, window: Window): Tensor4D =>
      tf.tidy(() => tf.maxPool(padded(tf, x, window, lowest), window.size, window.stride, 'valid')),
    maxPoolGradient: (x: Tensor4D, output: Tensor4D, dy: Tensor4D, window: Window): Tensor4D =>
      tf.tidy(() => {
        const input = padded(tf, x, window, lowest);
        const dx = runKernel(tf, 'MaxPoolGrad', { dy, input, output }, attributes(window));
        return unpadded(dx, x.shape, window);
      }),
    averagePool: (x: Tensor4D, window: Window): Tensor4D =>
      tf.avgPool(x, window.size, window.stride, 'valid'),
    averagePoolGradient: (shape: readonly number[], dy: Tensor4D, window: Window): Tensor4D =>
      tf.tidy(() =>
        runKernel(tf, 'AvgPoolGrad', { dy, input: tf.zeros(shape as number[]) }, attributes(window)),
      ),
  };
}

function batchNorms(
  tf: TensorFlow,
  sumButLast: (x: Tensor) => Tensor1D,
): Pick<Kernels, 'batchNorm' | 'batchNormGradient' | 'batchNormFixed'> {
  return {
    batchNorm(x, { scale, shift, mean, variance }, { momentum, eps }) {
      const n = x.size / x.shape[3];
      const [y, newMean, newVariance, batchMean, spread] = tf.tidy(() => {
        const moments = tf.moments(x, [0, 1, 2]);
        const inverse = moments.variance.add(eps).rsqrt();
        const running = (old: Tensor, batch: Tensor, factor: number): Tensor =>
          old.mul(1 - momentum).add(batch.mul(momentum * factor));
        return [
          x.sub(moments.mean).mul(inverse.mul(scale)).add(shift),
          running(mean, moments.mean, 1),
          running(variance, moments.variance, n / Math.max(1, n - 1)),
          moments.mean,
          inverse,
        ];
      });
      return {
        y: y as Tensor4D,
        mean: newMean as Tensor1D,
        variance: newVariance as Tensor1D,
        statistics: { mean: batchMean as Tensor1D, spread: spread as Tensor1D, scratch: [] },
      };
    },
    batchNormGradient(x, dy, scale, { mean, spread }) {
      const n = x.size / x.shape[3];
      const [dx, dScale, dShift] = tf.tidy(() => {
        const normal = x.sub(mean).mul(spread);
        const toShift = sumButLast(dy);
        const toScale = sumButLast(dy.mul(normal));
        const centered = dy.sub(toShift.div(n)).sub(normal.mul(toScale.div(n)));
        return [centered.mul(scale.mul(spread)), toScale, toShift];
      });
      return { x: dx as Tensor4D, scale: dScale as Tensor1D, shift: dShift as Tensor1D };
    },
    batchNormFixed: (x, { scale, shift, mean, variance }, eps) =>
      tf.tidy(() => {
        const factor = variance.add(eps).rsqrt().mul<Tensor1D>(scale);
        return x.sub(mean).mul(factor).add<Tensor4D>(shift);
      }),
  };
}
