import { expect } from 'vitest';
import type { Backend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import { model } from '../../src/models/registry';
import type { Step, StepGradient } from '../../src/training/defense';
import { recipe } from '../../src/training/recipe';
import { startState, TrainedWeights } from '../../src/training/weights';

/** A small tanh network with start weights, batches in their order, and settings of SGD, as a fixture holds them. */
export interface FixedSteps {
  readonly widths: readonly number[];
  readonly batch: number;
  readonly settings: { readonly lr: number; readonly momentum: number };
  readonly weightDecay: number;
  /** In the order of the network's parameters, dense kernels [in, out]. */
  readonly start: readonly number[][];
  /** Row-major [records, features]. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Trains on the batches, one step each. Returns the mean loss of each step and the weights at the end. */
export function runFixedSteps(
  { tf }: Backend,
  { widths, batch, settings, weightDecay, start, x, y }: FixedSteps,
  gradientOf: (step: Step) => StepGradient,
): { losses: number[]; weights: Float32Array[] } {
  const [features, classes] = [widths[0], widths[widths.length - 1]];
  const network = model('mlp', { features, hidden: widths.slice(1, -1), classes });
  const key = { seed: 1, role: 'target', index: 0 } as const;
  const chosen = recipe('study', { momentum: settings.momentum, weightDecay });
  const before = tf.memory().numTensors;
  const parameters = start.map((values) => Float32Array.from(values));
  const weights = new TrainedWeights(tf, network, chosen, {
    ...startState(network, chosen, key),
    parameters,
  });
  const losses: number[] = [];
  for (let from = 0; from < y.length; from += batch) {
    const rows = y.slice(from, from + batch);
    const input = tf.tensor2d(x.slice(from * features, (from + rows.length) * features), [
      rows.length,
      features,
    ]);
    const oneHot = tf.tidy(() => tf.oneHot(tf.tensor1d([...rows], 'int32'), classes).toFloat() as Tensor2D);
    const gradient = gradientOf({
      tf,
      network,
      tensors: weights.tensors,
      x: input,
      oneHot,
      records: Int32Array.from(rows, (_, i) => from + i),
      key: { ...key, epoch: 1, step: from / batch + 1 },
      learningRate: settings.lr,
    });
    losses.push(tf.tidy(() => gradient.values.mean().dataSync()[0]));
    weights.update(gradient, settings.lr);
    tf.dispose([gradient.values, input, oneHot]);
  }
  const end = weights.capture().parameters;
  weights.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { losses, weights: [...end] };
}
