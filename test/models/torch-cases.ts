import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import type { Tensor, Tensor2D, TensorFlow } from '../../src/platform/backend/tensor';
import { type Network, type NetworkTensors, type TensorInfo, toTensors } from '../../src/models/network';
import { modelFromData } from '../../src/models/registry';
import { toTorch } from '../../src/models/weights-file';
import { hashedInput, hashedWeights, summary } from './hashed-weights';

interface Training {
  readonly logits: number[];
  readonly loss: number;
  readonly inputGradient: [number, number];
  readonly gradients: Readonly<Record<string, [number, number]>>;
  readonly buffers: Readonly<Record<string, [number, number]>>;
  readonly exampleSquaredNorms?: number[];
  readonly logitsAfterStep: number[];
}
export interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly batch: number;
  /** See value_of in hashed.py. */
  readonly shift: number;
  readonly parameterCount: number;
  readonly logits: number[];
  readonly training?: Training;
}

/** What PyTorch computes in float64 (test/fixtures/models/make-models.py). */
export const fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'models', 'models.json'), 'utf8'),
) as { counts: Record<string, number>; cases: Case[] };

/** The largest difference, as a share of the largest value. */
function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(found[i] - value)), 0) / scale;
}

/** softmax - onehot of labels 0, 1, 2, ..., divided by `divisor`; PyTorch's gradient of cross-entropy. */
function crossEntropyGradient(logits: ArrayLike<number>, classes: number, divisor: number): Float32Array {
  const gradient = new Float32Array(logits.length);
  for (let row = 0; row * classes < logits.length; row++) {
    const z = Array.from({ length: classes }, (_, k) => logits[row * classes + k]);
    const top = Math.max(...z);
    const exps = z.map((v) => Math.exp(v - top));
    const total = exps.reduce((sum, v) => sum + v, 0);
    exps.forEach((e, k) => {
      gradient[row * classes + k] = (e / total - (k === row % classes ? 1 : 0)) / divisor;
    });
  }
  return gradient;
}

/**
 * Compares a network with PyTorch: in evaluation; then in training its logits, gradients, running statistics, the
 * logits after the step, and where the case has them the squared gradient lengths of single records.
 */
export async function compareWithTorch(each: Case, { train }: { train: boolean }): Promise<void> {
  const { tf } = await openBackend();
  const network = modelFromData(each);
  expect(network.parameterCount).toBe(each.parameterCount);
  const before = tf.memory().numTensors;
  const tensors = toTensors(tf, network, hashedWeights(network, each.shift));
  const x = tf.tensor(hashedInput(network.inputShape, each.batch), [each.batch, ...network.inputShape]);
  const logits = network.logits(tf, tensors, x);
  expect(difference(logits.dataSync(), each.logits)).toBeLessThan(1e-4);
  if (train && each.training !== undefined)
    trainingStep(tf, network, { tensors, x, expected: each.training });
  tf.dispose([tensors, x, logits]);
  expect(tf.memory().numTensors).toBe(before);
}

/** One step of SGD (0.01, weight decay 5e-4) on cross-entropy, compared on the way; leaves no tensor behind. */
function trainingStep(
  tf: TensorFlow,
  network: Network,
  { tensors, x, expected }: { tensors: NetworkTensors; x: Tensor; expected: Training },
): void {
  const batch = x.shape[0];
  const pass = network.forward(tf, tensors, x, { seed: 1, role: 'target', epoch: 1, step: 1 });
  expect(difference(pass.logits.dataSync(), expected.logits)).toBeLessThan(1e-4);
  const gradient = (divisor: number): Tensor2D =>
    tf.tensor2d(crossEntropyGradient(expected.logits, network.classes, divisor), [batch, network.classes]);
  if (expected.exampleSquaredNorms !== undefined) {
    const own = gradient(1);
    const norms = network.exampleSquaredNorms(tf, tensors, pass.saved, own);
    expect(difference(norms.dataSync(), expected.exampleSquaredNorms)).toBeLessThan(1e-3);
    tf.dispose([own, norms]);
  }
  const mean = gradient(batch);
  const result = network.backward(tf, tensors, pass.saved, mean, { inputGradient: true });
  checkSummaries(network.parameters, result.parameters, expected.gradients);
  checkSummaries(network.buffers, pass.buffers, expected.buffers);
  const [length, product] = summary('input', result.input!.dataSync());
  expect(Math.abs(length / expected.inputGradient[0] - 1)).toBeLessThan(2e-3);
  expect(Math.abs(product - expected.inputGradient[1]) / expected.inputGradient[0]).toBeLessThan(2e-3);
  const stepped = tensors.parameters.map((w, i) =>
    tf.tidy(() => w.sub(result.parameters[i].add(w.mul(5e-4)).mul(0.01))),
  );
  const after = network.logits(tf, { parameters: stepped, buffers: pass.buffers }, x);
  expect(difference(after.dataSync(), expected.logitsAfterStep)).toBeLessThan(1e-3);
  tf.dispose([pass.logits, pass.buffers, mean, result.parameters, result.input!, stepped, after]);
}

/** Checks each tensor by its two numbers, relative to its length. */
function checkSummaries(
  infos: readonly TensorInfo[],
  tensors: readonly Tensor[],
  expected: Readonly<Record<string, [number, number]>>,
): void {
  expect(infos.map(({ name }) => name)).toEqual(Object.keys(expected));
  let worst: [string, number] = ['', 0];
  // A bias in front of a norm has gradient 0, of which only rounding is seen.
  const least = 1e-3 * Math.max(...Object.values(expected).map(([length]) => length));
  infos.forEach((info, i) => {
    const found = summary(info.name, toTorch(info, tensors[i].dataSync()));
    const [length, product] = expected[info.name];
    const error =
      Math.max(Math.abs(found[0] - length), Math.abs(found[1] - product)) / Math.max(length, least);
    if (error > worst[1]) worst = [info.name, error];
  });
  expect(worst[1], worst[0]).toBeLessThan(2e-3);
}
