import { expect, it } from 'vitest';
import { openBackend } from '../../../src/platform/backend/backend';
import type { Tensor, TensorFlow } from '../../../src/platform/backend/tensor';
import { layeredNetwork } from '../../../src/models/layered-network';
import {
  adaptiveAveragePool,
  averagePool,
  globalAveragePool,
  maxPool,
} from '../../../src/models/layers/pooling';
import { concat, flatten, residual, sequence } from '../../../src/models/layers/composition';
import { conv, type ConvOptions } from '../../../src/models/layers/conv';
import { dense } from '../../../src/models/layers/dense';
import { dropout } from '../../../src/models/layers/dropout';
import type { Layer } from '../../../src/models/layers/layer';
import { norm } from '../../../src/models/layers/norm';
import { relu, tanh } from '../../../src/models/layers/activations';
import { type Network, type StepKey, toTensors } from '../../../src/models/network';
import { NetworkBuilder } from '../../../src/models/network-builder';
import { model } from '../../../src/models/registry';
import { hashed, hashedWeights } from '../hashed-weights';

type Make = (builder: NetworkBuilder, shape: readonly number[]) => Layer;

/** A network of one layer on inputs of a shape. */
function alone(shape: readonly number[], make: Make): Network & { readonly outputShape: readonly number[] } {
  const builder = new NetworkBuilder('pytorch');
  const layer = make(builder, shape);
  const spec = { name: 'one layer', options: {} };
  const network = layeredNetwork({ spec, inputShape: shape, classes: 0, revision: 1 }, builder, layer);
  return { ...network, outputShape: layer.outputShape };
}

const step = 1e-2;
const key = { seed: 7, role: 'target', epoch: 2, step: 3 } as const;

/**
 * Values that lie at least 4 steps apart and from 0, in a mixed order: no kink of a ReLU or a max-pool is crossed when
 * each moves by one step.
 */
function spaced(size: number): Float32Array {
  const order = Array.from(hashed('order', size), (u, i) => [u, i] as const).sort(([a], [b]) => a - b);
  const values = new Float32Array(size);
  order.forEach(([, at], rank) => (values[at] = 4.5 * step * (rank - size / 2 + 0.5)));
  return values;
}

/**
 * The worst relative difference between the backward pass and finite differences, over the input and each parameter:
 * the derivative of sum(y r) along a fixed direction of each.
 */
function worstDifference(
  tf: TensorFlow,
  network: Network,
  batch: number,
  values: Float32Array,
  at: StepKey | null = key,
): number {
  const arrays = hashedWeights(network);
  const shape = [batch, ...network.inputShape];
  const buffers = network.buffers.map((info, i) => tf.tensor(arrays.buffers[i], [...info.shape]));
  const run = (x: Float32Array, parameters: readonly Float32Array[]) => {
    const tensors = network.parameters.map(({ shape: s }, i) => tf.tensor(parameters[i], [...s]));
    const pass = network.forward(tf, { parameters: tensors, buffers }, tf.tensor(x, shape), at);
    return { tensors, pass };
  };
  const { tensors, pass } = run(values, arrays.parameters);
  const r = hashed('r', pass.logits.size);
  const dy = tf.tensor(Float32Array.from(r), pass.logits.shape);
  const back = network.backward(tf, { parameters: tensors, buffers }, pass.saved, dy as never, {
    inputGradient: true,
  });
  const value = (x: Float32Array, parameters: readonly Float32Array[]): number => {
    const y = run(x, parameters).pass.logits.dataSync() as Float32Array;
    return y.reduce((sum, each, i) => sum + each * r[i], 0);
  };
  const along = (
    start: Float32Array,
    name: string,
    gradient: Tensor,
    f: (moved: Float32Array) => number,
  ): number => {
    const direction = hashed(name, start.length);
    const moved = (by: number): number => f(start.map((v, i) => v + by * direction[i]));
    const numeric = (moved(step) - moved(-step)) / (2 * step);
    const found = gradient.dataSync() as Float32Array;
    expect(gradient.size).toBe(start.length);
    const exact = direction.reduce((sum, d, i) => sum + d * found[i], 0);
    const size = Math.sqrt(found.reduce((sum, g) => sum + g * g, 0));
    return Math.abs(numeric - exact) / (size + 1e-3);
  };
  const ofInput = along(values, 'x', back.input!, (x) => value(x, arrays.parameters));
  const ofParameters = network.parameters.map((info, i) =>
    along(arrays.parameters[i], info.name, back.parameters[i], (moved) =>
      value(
        values,
        arrays.parameters.map((p, j) => (i === j ? moved : p)),
      ),
    ),
  );
  return Math.max(ofInput, ...ofParameters);
}

const convCase = (title: string, shape: number[], options: ConvOptions): [string, number[], Make] => [
  title,
  shape,
  (builder, s) => conv(builder, 'conv', s, options),
];
const layers: [string, number[], Make][] = [
  ['dense', [5], (b) => dense(b, 'fc', 5, 4)],
  ['tanh', [6], (_, s) => tanh(s)],
  ['relu', [6], (_, s) => relu(s)],
  ['dropout', [12], (b, s) => dropout(b, s, 0.4)],
  ['flatten', [2, 3, 4], (_, s) => flatten(s)],
  ['flatten of one pixel', [1, 1, 4], (_, s) => flatten(s)],
  ['global average pool', [3, 2, 4], (_, s) => globalAveragePool(s)],
  ['average pool', [5, 4, 2], (_, s) => averagePool(s, { size: 2, stride: 2 })],
  ['max pool 2x2', [4, 6, 2], (_, s) => maxPool(s, { size: 2, stride: 2 })],
  ['max pool 2x2 of an odd width', [4, 5, 2], (_, s) => maxPool(s, { size: 2, stride: 2 })],
  ['max pool 3x3 with padding', [5, 4, 2], (_, s) => maxPool(s, { size: 3, stride: 2, pad: 1 })],
  ['adaptive average pool up', [1, 2, 3], (_, s) => adaptiveAveragePool(s, 3)],
  ['adaptive average pool down', [5, 7, 2], (_, s) => adaptiveAveragePool(s, 3)],
  convCase('conv 3x3', [5, 6, 2], { out: 3, size: 3, pad: 1 }),
  convCase('conv 3x3 with bias on a small square', [4, 4, 2], { out: 3, size: 3, pad: 1, bias: true }),
  convCase('conv 3x3 on 8x8', [8, 8, 2], { out: 3, size: 3, pad: 1 }),
  convCase('conv 3x3 without padding', [6, 6, 2], { out: 3, size: 3 }),
  convCase('conv 5x5', [6, 6, 2], { out: 2, size: 5, pad: 2 }),
  convCase('conv 5x5 stride 2', [8, 8, 2], { out: 2, size: 5, stride: 2, pad: 2 }),
  convCase('conv 3x3 on 2x2', [2, 2, 3], { out: 2, size: 3, pad: 1 }),
  convCase('conv 3x3 on one pixel', [1, 1, 3], { out: 2, size: 3, pad: 1 }),
  convCase('conv 3x3 stride 2, even', [6, 6, 2], { out: 3, size: 3, stride: 2, pad: 1 }),
  convCase('conv 3x3 stride 2, odd', [7, 7, 2], { out: 3, size: 3, stride: 2, pad: 1 }),
  convCase('conv 3x3 stride 2 on 2x2', [2, 2, 2], { out: 3, size: 3, stride: 2, pad: 1 }),
  convCase('conv 3x3 stride 2, large', [14, 14, 2], { out: 3, size: 3, stride: 2, pad: 1 }),
  convCase('conv 3x3 stride 3', [8, 8, 2], { out: 3, size: 3, stride: 3, pad: 1 }),
  convCase('conv 7x7 stride 2', [9, 9, 2], { out: 2, size: 7, stride: 2, pad: 3 }),
  convCase('conv 1x1', [3, 4, 3], { out: 2, size: 1 }),
  convCase('conv 1x1 stride 2', [5, 4, 3], { out: 2, size: 1, stride: 2 }),
  ['batch norm', [3, 2, 4], (b, s) => norm('batch')(b, 'bn', s)],
  ['group norm', [3, 2, 6], (b, s) => norm('group')(b, 'gn', s)],
  ['group norm of one group', [2, 2, 3], (b, s) => norm('group')(b, 'gn', s)],
  ['residual', [4, 4, 2], (b, s) => residual(conv(b, 'c', s, { out: 2, size: 3, pad: 1 }))],
  [
    'residual with a shortcut',
    [4, 4, 2],
    (b, s) =>
      residual(
        conv(b, 'a', s, { out: 3, size: 3, stride: 2, pad: 1 }),
        conv(b, 'b', s, { out: 3, size: 1, stride: 2 }),
      ),
  ],
  ['concat', [3, 3, 2], (b, s) => concat(s, conv(b, 'c', s, { out: 3, size: 3, pad: 1 }))],
  ['sequence', [3], (b) => sequence([dense(b, 'a', 3, 4), tanh([4]), dense(b, 'b', 4, 2)])],
];

/** The tests, for whichever backend the process opens. */
export function layerTests(): void {
  it.each(layers)('%s', async (_, shape, make) => {
    const { tf } = await openBackend();
    const network = alone(shape, make);
    const size = 3 * shape.reduce((product, n) => product * n, 1);
    tf.tidy(() => {
      const tensors = toTensors(tf, network, hashedWeights(network));
      const y = network.logits(tf, tensors, tf.tensor(spaced(size), [3, ...shape]));
      expect(y.shape).toEqual([3, ...network.outputShape]);
      expect(worstDifference(tf, network, 3, spaced(size))).toBeLessThan(4e-3);
    });
  });

  // What Mixup + MMD differentiates: the network as in evaluation.
  it.each<[string, number[], Make]>([
    ['batch norm', [3, 2, 4], (b, s) => norm('batch')(b, 'bn', s)],
    ['dropout', [12], (b, s) => dropout(b, s, 0.4)],
  ])('%s as in evaluation', async (_, shape, make) => {
    const { tf } = await openBackend();
    const network = alone(shape, make);
    const size = 3 * shape.reduce((product, n) => product * n, 1);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = toTensors(tf, network, hashedWeights(network));
      const x = tf.tensor(spaced(size), [3, ...shape]);
      const { logits, buffers } = network.forward(tf, tensors, x, null);
      expect(logits.dataSync()).toEqual(network.logits(tf, tensors, x).dataSync());
      expect(buffers).toEqual([]);
      expect(worstDifference(tf, network, 3, spaced(size), null)).toBeLessThan(4e-3);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['mlp', () => model('mlp', { features: 6, hidden: [5, 4], classes: 3 })],
    ['cnn', () => model('cnn', { input: [4, 4, 2], channels: [3], hidden: 4, classes: 3 })],
  ])('%s as a whole', async (_, make) => {
    const { tf } = await openBackend();
    const network = make();
    const size = 4 * network.inputShape.reduce((product, n) => product * n, 1);
    tf.tidy(() => {
      const values = Float32Array.from(hashed('values', size));
      expect(worstDifference(tf, network, 4, values)).toBeLessThan(2e-2);
    });
  });

  it('the input’s gradient is left out where it is not asked for', async () => {
    const { tf } = await openBackend();
    const network = model('mlp', { features: 6, hidden: [5], classes: 3 });
    tf.tidy(() => {
      const { parameters, buffers } = network.initial(key);
      const tensors = {
        parameters: network.parameters.map(({ shape }, i) => tf.tensor(parameters[i], [...shape])),
        buffers: buffers.map((b) => tf.tensor(b)),
      };
      const { saved, logits } = network.forward(tf, tensors, tf.ones([2, 6]), key);
      expect(network.backward(tf, tensors, saved, logits).input).toBe(null);
      expect(saved.flat().every((tensor) => tensor.isDisposed)).toBe(true);
    });
  });
}
