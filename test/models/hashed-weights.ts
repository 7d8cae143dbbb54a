import type { Network, NetworkArrays, TensorInfo } from '../../src/models/network';
import { fromTorch } from '../../src/models/weights-file';

/** The hash of hashed.py: uniform on [-1, 1), from tensor name and element number. */
export function hashed(name: string, size: number): Float64Array {
  let seed = 2166136261;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 16777619) >>> 0;
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let h = (Math.imul(i, 0x9e3779b1) + seed) | 0;
    h ^= h >>> 16;
    h = Math.imul(h, 0x85ebca6b);
    h ^= h >>> 13;
    h = Math.imul(h, 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (h >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** The entry of the state_dict that hashed.py fills in, in PyTorch's layout. */
export function torchValue({ name, torchShape }: TensorInfo, shift = 0): Float32Array {
  const size = torchShape.reduce((product, n) => product * n, 1);
  const u = hashed(name, size);
  const value = valueFunction(name, torchShape, shift);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = value(u[i]);
  return values;
}

function valueFunction(name: string, shape: readonly number[], shift: number): (u: number) => number {
  if (shape.length > 1) {
    const bound = Math.sqrt(6 / shape.slice(1).reduce((product, n) => product * n, 1));
    return (u) => u * bound;
  }
  if (name.endsWith('running_var')) return (u) => 1 + 0.5 * u;
  if (name.endsWith('weight')) return (u) => 1 + 0.2 * u;
  return (u) => 0.1 * u + (u < 0 ? -shift : shift);
}

/** All of them, in the layout of the backend. */
export function hashedWeights(network: Network, shift = 0): NetworkArrays {
  const make = (info: TensorInfo): Float32Array => fromTorch(info, torchValue(info, shift));
  return { parameters: network.parameters.map(make), buffers: network.buffers.map(make) };
}

/** The fixture's input, [batch, ...inputShape]; images are hashed in PyTorch's order of axes. */
export function hashedInput(inputShape: readonly number[], batch: number): Float32Array {
  const size = inputShape.reduce((product, n) => product * n, batch);
  const u = Float32Array.from(hashed('input', size));
  if (inputShape.length === 1) return u;
  const [height, width, channels] = inputShape;
  const pixels = height * width;
  return Float32Array.from(u, (_, i) => {
    const channel = i % channels;
    const pixel = Math.floor(i / channels) % pixels;
    const image = Math.floor(i / (channels * pixels));
    return u[(image * channels + channel) * pixels + pixel];
  });
}

/** The two numbers that a fixture keeps of a tensor: its length, and its product with a hashed vector. */
export function summary(name: string, torchLayout: ArrayLike<number>): [number, number] {
  const probe = hashed(`probe ${name}`, torchLayout.length);
  let squares = 0;
  let product = 0;
  for (let i = 0; i < torchLayout.length; i++) {
    squares += torchLayout[i] ** 2;
    product += torchLayout[i] * probe[i];
  }
  return [Math.sqrt(squares), product];
}
