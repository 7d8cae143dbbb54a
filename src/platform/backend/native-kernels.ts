import {
  filterGradientByConvolution,
  inputGradientByConvolution,
  isFasterByConvolution,
  isFasterWithAxesSwapped,
} from './convolution-gradients';
import type { Kernels, Window } from './kernels';
import { attributeMaker, type Attribute, type NativeBackend } from './native-operations';
import { isPoolingByPairs, poolGradientByPairs } from './pool-gradient';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D, TensorFlow } from './tensor';

/** The operations as kernels of TensorFlow's C library, called directly: no wrapper, no tape, padding as it is. */
export function nativeKernels(tf: TensorFlow): Kernels {
  const backend = tf.backend() as unknown as NativeBackend;
  const attribute = attributeMaker(backend);
  const float = [attribute('T', 'TYPE', backend.binding.TF_FLOAT)];
  const sides = (nameA: string, nameB: string): (readonly Attribute[])[][] =>
    [false, true].map((a) =>
      [false, true].map((b) => [...float, attribute(nameA, 'BOOL', a), attribute(nameB, 'BOOL', b)]),
    );
  const single = sides('transpose_a', 'transpose_b');
  const batched = sides('adj_x', 'adj_y');
  const ofWindow = windowAttributes(backend);
  const channelsLast = [...float, attribute('data_format', 'STRING', 'NHWC')];
  const run = <T extends Tensor>(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
  ): T => backend.executeSingleOutput(name, attributes, inputs) as T;
  const addBias = <T extends Tensor>(x: T, b: Tensor1D): T => run<T>('BiasAdd', channelsLast, [x, b]);
  return {
    product: (a, b, { transposeA = false, transposeB = false } = {}) =>
      run('MatMul', single[Number(transposeA)][Number(transposeB)], [a, b]),
    products: (a, b, { transposeA = false, transposeB = false } = {}) =>
      run('BatchMatMulV2', batched[Number(transposeA)][Number(transposeB)], [a, b]),
    dense(x, w, b): Tensor2D {
      const linear = run('MatMul', single[0][0], [x, w]);
      const y = addBias(linear as Tensor2D, b);
      linear.dispose();
      return y;
    },
    addBias,
    biasGradient: (dy) => run('BiasAddGrad', channelsLast, [dy]),
    reluGradient: (dy, y) => run('ReluGrad', float, [dy, y]),
    tanhGradient: (dy, y) => run('TanhGrad', float, [y, dy]),
    ...convolutionKernels(tf, run, ofWindow),
    ...poolKernels(tf, run, ofWindow, poolGradientByPairs(tf, backend)),
    ...batchNormKernels(backend),
  };
}

type Run = <T extends Tensor>(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]) => T;

type AttributesOf = (kind: 'conv' | 'pool', window: Window) => readonly Attribute[];

/** Attributes are made once for each window, since a small network is all overhead. */
function windowAttributes(backend: NativeBackend): AttributesOf {
  const attribute = attributeMaker(backend);
  const made = new Map<string, readonly Attribute[]>();
  return (kind, { size, stride, pad }) => {
    const key = `${kind} ${size} ${stride} ${pad[0]} ${pad[1]}`;
    let found = made.get(key);
    if (found === undefined) {
      const padded = pad[0] > 0 || pad[1] > 0;
      found = [
        attribute('T', 'TYPE', backend.binding.TF_FLOAT),
        attribute('strides', 'INT', [1, stride, stride, 1]),
        attribute('padding', 'STRING', padded ? 'EXPLICIT' : 'VALID'),
        attribute('data_format', 'STRING', 'NHWC'),
        ...(padded ? [attribute('explicit_paddings', 'INT', [0, 0, ...pad, ...pad, 0, 0])] : []),
        ...(kind === 'conv'
          ? [attribute('dilations', 'INT', [1, 1, 1, 1]), attribute('use_cudnn_on_gpu', 'BOOL', true)]
          : [attribute('ksize', 'INT', [1, size, size, 1])]),
      ];
      made.set(key, found);
    }
    return found;
  };
}

function withShape<T>(tf: TensorFlow, shape: readonly number[], use: (tensor: Tensor1D) => T): T {
  const tensor = tf.tensor1d(Int32Array.from(shape), 'int32');
  const result = use(tensor);
  tensor.dispose();
  return result;
}

function convolutionKernels(tf: TensorFlow, run: Run, attributes: AttributesOf) {
  const convolve = (x: Tensor4D, filter: Tensor4D, window: Window): Tensor4D =>
    run('Conv2D', attributes('conv', window), [x, filter]);
  return {
    convolve,
    convolveInputGradient: (
      shape: readonly number[],
      filter: Tensor4D,
      dy: Tensor4D,
      window: Window,
    ): Tensor4D => {
      const fast = isFasterByConvolution(window, dy)
        ? inputGradientByConvolution(tf, convolve, { shape, filter, dy, window })
        : null;
      if (fast !== null) return fast;
      return withShape(tf, shape, (s) =>
        run('Conv2DBackpropInput', attributes('conv', window), [s, filter, dy]),
      );
    },
    convolveFilterGradient: (
      x: Tensor4D,
      shape: readonly number[],
      dy: Tensor4D,
      window: Window,
    ): Tensor4D => {
      const fast = isFasterWithAxesSwapped(window, dy)
        ? filterGradientByConvolution(tf, convolve, { x, dy, window })
        : null;
      if (fast !== null) return fast;
      return withShape(tf, shape, (s) => run('Conv2DBackpropFilter', attributes('conv', window), [x, s, dy]));
    },
  };
}

function poolKernels(
  tf: TensorFlow,
  run: Run,
  attributes: AttributesOf,
  byPairs: ReturnType<typeof poolGradientByPairs>,
) {
  return {
    maxPool: (x: Tensor4D, window: Window): Tensor4D => run('MaxPool', attributes('pool', window), [x]),
    maxPoolGradient: (x: Tensor4D, y: Tensor4D, dy: Tensor4D, window: Window): Tensor4D =>
      isPoolingByPairs(window, x)
        ? byPairs(x, dy)
        : run('MaxPoolGrad', attributes('pool', window), [x, y, dy]),
    averagePool: (x: Tensor4D, window: Window): Tensor4D => run('AvgPool', attributes('pool', window), [x]),
    averagePoolGradient: (shape: readonly number[], dy: Tensor4D, window: Window): Tensor4D =>
      withShape(tf, shape, (s) => run('AvgPoolGrad', attributes('pool', window), [s, dy])),
  };
}

function batchNormKernels(
  backend: NativeBackend,
): Pick<Kernels, 'batchNorm' | 'batchNormGradient' | 'batchNormFixed'> {
  const attribute = attributeMaker(backend);
  const attributes = (eps: number, training: boolean): Attribute[] => [
    attribute('T', 'TYPE', backend.binding.TF_FLOAT),
    attribute('U', 'TYPE', backend.binding.TF_FLOAT),
    attribute('epsilon', 'FLOAT', eps),
    attribute('data_format', 'STRING', 'NHWC'),
    attribute('is_training', 'BOOL', training),
  ];
  return {
    batchNorm(x, { scale, shift, mean, variance }, { momentum, eps }) {
      // With this factor the kernel makes the new running statistics itself, its variance divided by n - 1.
      const settings = [...attributes(eps, true), attribute('exponential_avg_factor', 'FLOAT', momentum)];
      const outputs = backend.executeMultipleOutputs(
        'FusedBatchNormV3',
        settings,
        [x, scale, shift, mean, variance],
        6,
      );
      const [y, newMean, newVariance, batchMean, spread, ...scratch] = outputs;
      return {
        y: y as Tensor4D,
        mean: newMean as Tensor1D,
        variance: newVariance as Tensor1D,
        statistics: { mean: batchMean as Tensor1D, spread: spread as Tensor1D, scratch },
      };
    },
    batchNormGradient(x, dy, scale, { mean, spread, scratch }, eps) {
      const inputs = [dy, x, scale, mean, spread, ...scratch];
      const [dx, dScale, dShift, ...spare] = backend.executeMultipleOutputs(
        'FusedBatchNormGradV3',
        attributes(eps, true),
        inputs,
        5,
      );
      spare.forEach((tensor) => tensor.dispose());
      return { x: dx as Tensor4D, scale: dScale as Tensor1D, shift: dShift as Tensor1D };
    },
    batchNormFixed(x, { scale, shift, mean, variance }, eps): Tensor4D {
      const inputs = [x, scale, shift, mean, variance];
      const [y, ...spare] = backend.executeMultipleOutputs(
        'FusedBatchNormV3',
        attributes(eps, false),
        inputs,
        6,
      );
      spare.forEach((tensor) => tensor.dispose());
      return y as Tensor4D;
    },
  };
}
