import { fastWords } from '../math/fast-words';
import { fillFastNormals } from '../math/fast-normals';
import type { RandomStream } from '../math/random';
import type { Tensor, TensorFlow } from './tensor';

interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly Tensor[]): Tensor;
}

/**
 * Independent normal noise N(0, deviation^2) in tensors of these shapes, from a stream: the same stream gives the same
 * bits on the same backend. On the native backend by Philox inside of TensorFlow and Box and Muller's method in single
 * precision (nothing beyond 5.7 deviations), else by the ziggurat.
 */
export function normalNoise(
  tf: TensorFlow,
  shapes: readonly (readonly number[])[],
  deviation: number,
  stream: RandomStream,
): Tensor[] {
  const sizes = shapes.map((shape) => shape.reduce((product, length) => product * length, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (tf.getBackend() !== 'tensorflow') {
    const numbers = new Float32Array(total);
    fillFastNormals(numbers, fastWords(stream));
    for (let i = 0; i < total; i++) numbers[i] *= deviation;
    let start = 0;
    return shapes.map((shape, i) => tf.tensor(numbers.slice(start, (start += sizes[i])), [...shape]));
  }
  return tf.tidy(() => {
    const large = shapes.map(([first], i) => sizes[i] >= 2 ** 16 && first % 2 === 0);
    const small = sizes.filter((_, i) => !large[i]);
    const rest = small.reduce((sum, size) => sum + size, 0);
    const padded = rest % 2 === 0 ? small : [...small, 1];
    const parts = rest === 0 ? [] : tf.split(boxMuller(tf, [rest + (rest % 2)], deviation, stream), padded);
    let next = 0;
    return shapes.map((shape, i) =>
      large[i] ? boxMuller(tf, shape, deviation, stream) : parts[next++].reshape([...shape]),
    );
  });
}

/**
 * A tensor of normal numbers whose first axis has an even length: its halves are the two numbers of each pair. Kernels are
 * called directly, since a step draws as many numbers as the network has weights.
 */
function boxMuller(
  tf: TensorFlow,
  [first, ...others]: readonly number[],
  deviation: number,
  stream: RandomStream,
): Tensor {
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = backend.binding;
  const float = [{ name: 'T', type, value: TF_FLOAT }];
  // Inputs are disposed at once, so that the next result takes memory that is still in the cache.
  const run = (name: string, ...inputs: Tensor[]): Tensor => {
    const result = backend.executeSingleOutput(name, float, inputs);
    inputs.forEach((input) => input.dispose());
    return result;
  };
  const ofUniform = [
    { name: 'dtype', type, value: TF_FLOAT },
    { name: 'T', type, value: TF_INT32 },
    { name: 'Tseed', type, value: TF_INT32 },
  ];
  return tf.tidy(() => {
    const half = tf.tensor1d(Int32Array.of(first / 2, ...others), 'int32');
    // On [0, 1), in steps of 2^-23. Same seed, same bits; the kernel has no other state.
    const uniforms = (): Tensor => {
      const seed = tf.tensor1d(Int32Array.of(stream.uint32(), stream.uint32()), 'int32');
      return backend.executeSingleOutput('StatelessRandomUniform', ofUniform, [half, seed]);
    };
    const logs = run('Log', run('Sub', tf.scalar(1), uniforms()));
    const radius = run('Sqrt', run('Mul', logs, tf.scalar(-2 * deviation * deviation)));
    const angle = run('Mul', uniforms(), tf.scalar(2 * Math.PI));
    const x = run('Mul', radius.clone(), run('Cos', angle.clone()));
    return tf.concat([x, run('Mul', radius, run('Sin', angle))], 0);
  });
}
