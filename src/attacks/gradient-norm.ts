import { z } from 'zod';
import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores } from './attack';
import { defineAttack, option } from './define-attack';

const shape = {
  kind: option(
    z
      .union([z.literal('all'), z.number().int('Must be a whole number').min(0, 'Counts from 0')])
      .default('all'),
    'which of the norms in the file, counted from 0, or the mean over all of their logarithms',
    'Chen et al. 2022 take each by itself; the mean is ours',
  ),
};

/**
 * White-box gradient norms (Nasr, Shokri and Houmansadr 2019, IEEE S&P, arXiv:1812.00910; as scores: RelaxLoss, Chen et al. 2022,
 * arXiv:2207.05801): the loss's gradient by the input or by the weights is small at records that were trained on. Norms a record,
 * never of a batch (`denseGradientNorms` gives them for dense networks).
 */
export const gradientNorm = defineAttack(shape, ({ kind }) => {
  const all = kind === 'all';
  return {
    name: all ? 'gradient-norm' : `gradient-norm/${kind}`,
    title: all ? 'Gradient norms (white box)' : `Gradient norm ${kind} (white box)`,
    formula: all
      ? '-mean over kinds of ln norm of the gradient of the loss at x'
      : `-norm ${kind} of the gradient of the loss at x`,
    reference: 'Nasr et al. 2019, arXiv:1812.00910; Chen et al. 2022, arXiv:2207.05801',
    threatModel: "The target's weights, each record and its label; no model of its own.",
    needs: ['gradient_norms'],
    fittedOn: 'nothing',
    withoutLabels: true,
    cost: { queries: '1 gradient a record', models: 'none' },
    differences:
      'The official code of CCL takes the gradient by the weights once a batch and gives it to all records of the batch, which ' +
      'are all members or all non-members: it measures the batch. Its thresholds are set on the target. Neither is repeated.',
    scores: (set) => score(set, kind),
  };
});

function score({ gradientNorms, n }: SignalSet, kind: number | 'all'): AttackScores {
  if (gradientNorms === undefined) {
    throw badInput(
      'gradient_norms',
      undefined,
      'the attack needs them',
      'Pass the array gradient_norms [N, kinds]',
    );
  }
  const { kinds, values } = gradientNorms;
  if (kind === 'all') {
    const scores = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      // The smallest float64 above 0 stands in for a norm of 0.
      for (let k = 0; k < kinds; k++) scores[i] -= Math.log(Math.max(values[i * kinds + k], 5e-324)) / kinds;
    }
    return { scores, notes: kinds === 1 ? [] : [{ code: 'mean-over-norms', norms: kinds }] };
  }
  if (kind >= kinds) {
    throw badInput('kind', kind, `there are ${kinds} norms a record, counted from 0`, 'Name one of them');
  }
  return { scores: Float64Array.from({ length: n }, (_, i) => -values[i * kinds + kind]), notes: [] };
}

/** A dense layer: weights row-major [inputs, outputs], biases [outputs]. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array | Float64Array;
  readonly biases: Float32Array | Float64Array;
}

/** The columns of the norms, in order. */
export const gradientNormKinds = [
  'input l1',
  'input l2',
  'input largest',
  'weights l1',
  'weights l2',
  'weights largest',
] as const;

const activations = {
  relu: { value: (a: number) => (a > 0 ? a : 0), slope: (h: number) => (h > 0 ? 1 : 0) },
  tanh: { value: Math.tanh, slope: (h: number) => 1 - h * h },
} as const;

/**
 * Norms of the gradient of the cross-entropy at each record, by the input and by all weights and biases together, in closed form:
 * the gradient of a dense layer at one record is the product of its input a and the slope d of its output, so |g|_1 = |d|_1 |a|_1,
 * |g|_2 = |d|_2 |a|_2 and max |g| = max |d| max |a|, with a 1 in a for the bias. One forward and one backward pass a record.
 *
 * @param layers with the activation between them, none after the last
 * @param x records, row-major [n, inputs of the first layer]
 * @param labels true classes, [n]
 * @returns for the array gradient_norms: values row-major [n, 6], columns `gradientNormKinds`
 * @throws UserError if the sizes of layers, records and labels do not fit
 */
export function denseGradientNorms(
  layers: readonly DenseLayer[],
  activation: keyof typeof activations,
  x: Float32Array | Float64Array,
  labels: ArrayLike<number>,
): { readonly kinds: number; readonly values: Float64Array } {
  checkSizes(layers, x.length, labels);
  const kinds = gradientNormKinds.length;
  const values = new Float64Array(labels.length * kinds);
  const width = layers[0].inputs;
  for (let i = 0; i < labels.length; i++) {
    const own = recordNorms(
      layers,
      activation,
      Float64Array.from(x.subarray(i * width, (i + 1) * width)),
      labels[i],
    );
    values.set(own, i * kinds);
  }
  return { kinds, values };
}

function recordNorms(
  layers: readonly DenseLayer[],
  activation: keyof typeof activations,
  x: Float64Array,
  label: number,
): Float64Array {
  const { value, slope } = activations[activation];
  const inputs = [x];
  layers.forEach((layer, l) => {
    const out = linear(layer, inputs[l]);
    inputs.push(l < layers.length - 1 ? out.map(value) : out);
  });
  let delta = softmaxSlope(inputs[layers.length], label);
  let [sum, squares, largest] = [0, 0, 0];
  for (let l = layers.length - 1; l >= 0; l--) {
    const [d, a] = [norms(delta), norms(inputs[l])];
    sum += d[0] * (a[0] + 1);
    squares += d[1] ** 2 * (a[1] ** 2 + 1);
    largest = Math.max(largest, d[2] * Math.max(a[2], 1));
    delta = backThrough(layers[l], delta);
    if (l > 0) for (let j = 0; j < delta.length; j++) delta[j] *= slope(inputs[l][j]);
  }
  return Float64Array.of(...norms(delta), sum, Math.sqrt(squares), largest);
}

function linear({ inputs, outputs, weights, biases }: DenseLayer, a: Float64Array): Float64Array {
  const out = Float64Array.from(biases);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) out[o] += a[i] * weights[i * outputs + o];
  }
  return out;
}

function backThrough({ inputs, outputs, weights }: DenseLayer, delta: Float64Array): Float64Array {
  const out = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) out[i] += weights[i * outputs + o] * delta[o];
  }
  return out;
}

/** Slope of the cross-entropy by the logits, p - onehot. For the true class it is minus the sum of the others, so that it does not cancel. */
function softmaxSlope(logits: Float64Array, label: number): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const out = weights.map((weight) => weight / total);
  out[label] = 0;
  out[label] = -out.reduce((sum, p) => sum + p, 0);
  return out;
}

/** Sum, root of the sum of squares, and largest of the absolute values. */
function norms(values: Float64Array): [number, number, number] {
  let sum = 0;
  let squares = 0;
  let largest = 0;
  for (const value of values) {
    sum += Math.abs(value);
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  return [sum, Math.sqrt(squares), largest];
}

function checkSizes(layers: readonly DenseLayer[], size: number, labels: ArrayLike<number>): void {
  layers.forEach(({ inputs, outputs, weights, biases }, l) => {
    const fits =
      weights.length === inputs * outputs &&
      biases.length === outputs &&
      (l === 0 || layers[l - 1].outputs === inputs);
    if (fits) return;
    throw badInput(
      `layer ${l}`,
      { inputs, outputs, weights: weights.length, biases: biases.length },
      'must have inputs x outputs weights, a bias an output, and as many inputs as the layer before has outputs',
      'Pass weights row-major [inputs, outputs]',
    );
  });
  if (layers.length === 0 || size !== labels.length * layers[0].inputs) {
    throw badInput(
      'the number of values in x',
      size,
      `there are ${labels.length} labels`,
      'Pass x as [n, inputs]',
    );
  }
  const classes = layers[layers.length - 1].outputs;
  for (let i = 0; i < labels.length; i++) {
    if (Number.isInteger(labels[i]) && labels[i] >= 0 && labels[i] < classes) continue;
    throw badInput(`labels[${i}]`, labels[i], `must be in 0 .. ${classes - 1}`, 'Count classes from 0');
  }
}
