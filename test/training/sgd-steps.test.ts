import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend, type Backend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import { loss, type LossName } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { lossGradient } from '../../src/training/batch-loss';
import { lossOnBatch, plainGradient } from '../../src/training/batch-loss';
import { recipe } from '../../src/training/recipe';
import { startState, TrainedWeights } from '../../src/training/weights';

interface Fixture {
  widths: number[];
  settings: { lr: number; momentum: number; weight_decay: number };
  start: number[][];
  batches: { x: number[][]; y: number[] }[];
  runs: Record<string, { losses: number[][]; weights: number[][] }>;
  extreme: {
    logits: number[][];
    labels: number[];
    losses: Record<string, { values: number[]; gradient: number[][] }>;
  };
}
const fixture = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/training/sgd-steps.json'), 'utf8'),
) as Fixture;
const names = ['ce', 'ccel', 'ccql'] as const satisfies readonly LossName[];
const classes = fixture.widths[fixture.widths.length - 1];
const network = model('mlp', { features: fixture.widths[0], hidden: fixture.widths.slice(1, -1), classes });
const key = { seed: 1, role: 'target', index: 0 } as const;

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend();
});

const oneHot = (labels: number[]): Tensor2D =>
  backend.tf.tidy(
    () => backend.tf.oneHot(backend.tf.tensor1d(labels, 'int32'), classes).toFloat() as Tensor2D,
  );

describe('forward, loss, backward and update beside PyTorch', () => {
  it.each(names)('%s: six steps of SGD give PyTorch’s losses and weights', (name) => {
    const { tf } = backend;
    const before = tf.memory().numTensors;
    const { lr, momentum, weight_decay: weightDecay } = fixture.settings;
    const settings = recipe('study', { momentum, weightDecay });
    const parameters = fixture.start.map((w) => Float32Array.from(w));
    const weights = new TrainedWeights(tf, network, settings, {
      ...startState(network, settings, key),
      parameters,
    });
    fixture.batches.forEach(({ x, y }, i) => {
      const inputs = { x: tf.tensor2d(x), oneHot: oneHot(y), records: Int32Array.from(y.keys()) };
      const step = { tf, network, tensors: weights.tensors, learningRate: lr, ...inputs };
      const gradient = plainGradient(
        { ...step, key: { ...key, epoch: 1, step: i + 1 } },
        lossOnBatch(loss(name)),
      );
      gradient.values.dataSync().forEach((value, record) => {
        expect(value).toBeCloseTo(fixture.runs[name].losses[i][record], 5);
      });
      weights.update(gradient, lr);
      tf.dispose([gradient.values, inputs.x, inputs.oneHot]);
    });
    weights.capture().parameters.forEach((values, i) => {
      values.forEach((value, j) => expect(value).toBeCloseTo(fixture.runs[name].weights[i][j], 5));
    });
    weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(names)('%s: logits of 1e4 give the exact loss and gradient', (name) => {
    const { tf } = backend;
    const { logits, labels, losses } = fixture.extreme;
    const result = lossGradient(tf, loss(name), tf.tensor2d(logits), oneHot(labels));
    const values = [...result.values.dataSync()];
    const gradient = [...result.logitGradient.dataSync()];
    values.forEach((value, i) => {
      const expected = losses[name].values[i];
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
    });
    losses[name].gradient.flat().forEach((expected, i) => {
      // Relative, down to gradients of 1e-14: nothing may have been rounded to 0 on the way.
      expect(Math.abs(gradient[i] - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected) + 1e-30);
    });
  });
});

describe('lossGradient', () => {
  it.each(names)('%s: equals automatic differentiation of the mean loss', (name) => {
    const { tf } = backend;
    const z = tf.tensor2d([
      [2, -1, 0.5],
      [-3, 1, 0],
      [0, 0, 0],
      [-4, 5, 4.5],
    ]);
    const labels = oneHot([0, 2, 1, 1]);
    const automatic = tf.grad((x) => {
      const u = tf.neg(tf.sum(tf.mul(tf.logSoftmax(x as Tensor2D), labels), 1));
      const p = tf.exp(tf.neg(u));
      const concave = name === 'ccel' ? tf.exp(p) : tf.add(p, tf.mul(0.5, tf.square(p)));
      return tf.mean(name === 'ce' ? u : tf.sub(tf.mul(0.5, u), tf.mul(0.5, concave)));
    })(z);
    const { logitGradient } = lossGradient(tf, loss(name), z, labels);
    expect(tf.max(tf.abs(tf.sub(automatic, logitGradient))).dataSync()[0]).toBeLessThan(1e-6);
  });

  it('keeps a loss of 1e-13 that 1 - p would round to 0', () => {
    const { tf } = backend;
    const { values } = lossGradient(tf, loss('ce'), tf.tensor2d([[30, 0, 0]]), oneHot([0]));
    expect(values.dataSync()[0] / (2 * Math.exp(-30))).toBeCloseTo(1, 5);
  });
});

describe('backpropagation by hand', () => {
  it('equals automatic differentiation in every weight', () => {
    const { tf } = backend;
    const parameters = fixture.start.map((w, i) =>
      tf.tensor(Float32Array.from(w), [...network.parameters[i].shape]),
    );
    const tensors = { parameters, buffers: [] };
    const x = tf.tensor2d(fixture.batches[0].x);
    const direction = tf.randomNormal([4, classes], 0, 1, 'float32', 3) as Tensor2D;
    const { saved } = network.forward(tf, tensors, x, { ...key, epoch: 1, step: 1 });
    const byHand = network.backward(tf, tensors, saved, direction).parameters;
    const automatic = tf.grads((...weights) => {
      let h = x;
      for (let i = 0; i < weights.length / 2; i++) {
        h = tf.add(tf.matMul(h, weights[2 * i] as Tensor2D), weights[2 * i + 1]);
        if (i < weights.length / 2 - 1) h = tf.tanh(h);
      }
      return tf.sum(tf.mul(h, direction));
    })(parameters);
    byHand.forEach((gradient, i) => {
      expect(tf.max(tf.abs(tf.sub(gradient, automatic[i]))).dataSync()[0]).toBeLessThan(1e-5);
    });
  });
});
