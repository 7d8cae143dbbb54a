import { fastWords } from '../math/fast-words';
import { fillFastNormals } from '../math/fast-normals';
import type { RandomStream } from '../math/random';
import type { Tensor, Tensor1D, TensorFlow } from './tensor';

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
    const half = Math.ceil(total / 2);
    const radius = tf
      .sub<Tensor1D>(1, uniforms(tf, half, stream))
      .log<Tensor1D>()
      .mul<Tensor1D>(-2 * deviation * deviation)
      .sqrt<Tensor1D>();
    const angle = uniforms(tf, half, stream).mul<Tensor1D>(2 * Math.PI);
    const numbers = tf.concat1d([radius.mul<Tensor1D>(angle.cos()), radius.mul<Tensor1D>(angle.sin())]);
    const parts = tf.split(numbers, 2 * half > total ? [...sizes, 1] : sizes);
    return shapes.map((shape, i) => parts[i].reshape([...shape]));
  });
}

/** Uniform on [0, 1), in steps of 2^-23. Same seed, same bits; the kernel has no other state. */
function uniforms(tf: TensorFlow, n: number, stream: RandomStream): Tensor1D {
  const backend = tf.backend() as unknown as NativeBackend;
  const { TF_ATTR_TYPE: type, TF_FLOAT, TF_INT32 } = backend.binding;
  const attributes = [
    { name: 'dtype', type, value: TF_FLOAT },
    { name: 'T', type, value: TF_INT32 },
    { name: 'Tseed', type, value: TF_INT32 },
  ];
  const shape = tf.tensor1d(Int32Array.of(n), 'int32');
  const seed = tf.tensor1d(Int32Array.of(stream.uint32(), stream.uint32()), 'int32');
  return backend.executeSingleOutput('StatelessRandomUniform', attributes, [shape, seed]) as Tensor1D;
}
