import { createHash } from 'node:crypto';
import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { randomStream } from '../platform/math/random';
import { logSoftmax, sumInOrder, topClass } from '../signals/log-softmax';
import type { DefenseDefinition, OutputFilter, OutputSetup } from '../training/defense';
import type { TrainingKey } from '../training/records';
import { baseLossSchema } from './base-loss';
import { type AttackNetwork, memberLogit, memberLogitGradient, trainAttackNetwork } from './memguard-network';
import { fromLargest, outputDefense, outputRow, rowFilter } from './output-rows';

const parameters = z
  .object({
    budget: numberIn('[0, 2]', 1, 'expected L1 distortion of the probabilities that is allowed an answer'),
    width: numberIn(
      '[4, 4096]',
      64,
      "first hidden layer of the defender's network; the next two have a half and a quarter",
      true,
    ),
    epochs: numberIn('[1, Infinity)', 20, "epochs of the defender's network", true),
    rate: numberIn('(0, Infinity)', 0.001, "Adam's learning rate for it"),
    steps: numberIn('[1, Infinity)', 300, 'most steps of the search for noise', true),
    base: baseLossSchema,
  })
  .strict();

export type MemGuardOptions = z.output<typeof parameters>;

/**
 * MemGuard: noise on the answers that makes a membership classifier of the defender's own undecided, with the prediction
 * unchanged and the expected distortion within a budget. The defender's network learns to tell the target's answers on
 * its members from those on an inference set. Whether noise is added to an answer is drawn once a query, from the
 * query's own bytes, so that asking again tells nothing new.
 */
export const memguard: DefenseDefinition<typeof parameters> = {
  title: 'MemGuard',
  short: 'MemGuard',
  source:
    'Jia et al., CCS 2019, arXiv:1909.10594; defense_framework.py of the official code, whose network has widths 256, 128, ' +
    '64 and 400 epochs of SGD at 0.001; on Location30 the smaller one finds as much noise in a fifth of the time',
  parameters,
  changes: ['outputs'],
  needs: ['inference'],
  claim: 'same accuracy; attack networks on Location30 fall to guessing at a budget of 1',
  revision: 1,
  create: (options) =>
    outputDefense(`MemGuard (budget ${options.budget})`, options.base, (setup) => {
      const network = defenderNetwork(setup, options);
      return memguardFilter(network, setup, options);
    }),
};

/** Trains the defender's classifier on sorted probabilities. */
export function defenderNetwork(
  { tf, classes, members, inference, logits, key }: OutputSetup,
  { width, epochs, rate }: MemGuardOptions,
): AttackNetwork {
  const [inside, outside] = [members.x, inference!.x].map((x) => sortedProbabilities(logits(x), classes));
  return trainAttackNetwork(tf, inside, outside, classes, {
    hidden: [width, Math.ceil(width / 2), Math.ceil(width / 4)],
    epochs,
    batchSize: 64,
    rate,
    key: networkKey(key),
  });
}

/** Answers with the noise of each row where its coin says so. */
export function memguardFilter(
  network: AttackNetwork,
  { classes, key }: Pick<OutputSetup, 'classes' | 'key'>,
  options: Pick<MemGuardOptions, 'budget' | 'steps'>,
): OutputFilter {
  return rowFilter(classes, ({ logProbabilities }, query) => {
    const { noisy, probability } = memguardNoise(network, logProbabilities, options);
    return coin(key, query) < probability ? noisy : fromLargest(logProbabilities);
  });
}

/** A number of the query alone, uniform on [0, 1): its hash is the address in the model's stream. */
function coin(key: TrainingKey, query: Float32Array): number {
  const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
  const hash = createHash('sha256').update(bytes).digest();
  return randomStream({
    ...key,
    purpose: 'answer',
    epoch: hash.readUInt32LE(0),
    step: hash.readUInt32LE(4),
  }).uniform();
}

function sortedProbabilities(logits: Float32Array, classes: number): Float32Array {
  const n = logits.length / classes;
  const out = Float32Array.from(logSoftmax({ n, classes, logits }, sumInOrder), Math.exp);
  for (let row = 0; row < n; row++) out.subarray(row * classes, (row + 1) * classes).sort();
  return out;
}

/** The last of the 64 places for teachers of a model, so that the network shares no random number with the model or its teachers. */
function networkKey({ seed, role, index }: TrainingKey): TrainingKey {
  return { seed, role: 'part', index: (role === 'target' ? 0 : index + 1) * 64 + 63 };
}

/** Weights of the loss that the noise minimizes, named as in MemGuard's equation 12 and its code. */
export interface NoiseLossWeights {
  /** Of the argmax staying. */
  readonly c2: number;
  /** Of the distortion. */
  readonly c3: number;
}

export interface NoiseLoss {
  readonly value: number;
  /** With respect to the logits, [classes]. */
  readonly gradient: Float64Array;
  /** Output of the defender's network. */
  readonly h: number;
  /** max_(k != top) z_k - z_top: negative while the prediction stays. */
  readonly gap: number;
}

/**
 * Loss of phase I at logits z, and its gradient, [classes]:
 * |h(softmax(z))| + c2 max(0, max_(k != top) z_k - z_top) + c3 sum_k |softmax(z)_k - p_k|.
 *
 * @param p the probabilities before, [classes]
 * @param top the class that must stay the largest
 */
export function noiseLoss(
  network: AttackNetwork,
  z: Float64Array,
  p: Float64Array,
  top: number,
  { c2, c3 }: NoiseLossWeights,
): NoiseLoss {
  const s = softmax(z);
  const { value: h, gradient: slope } = memberLogitGradient(network, s);
  const rival = largestOther(z, top);
  const gap = z[rival] - z[top];
  let distortion = 0;
  const byS = slope.map((each, k) => {
    distortion += Math.abs(s[k] - p[k]);
    return Math.sign(h) * each + c3 * Math.sign(s[k] - p[k]);
  });
  const mean = byS.reduce((sum, each, k) => sum + each * s[k], 0);
  const gradient = byS.map((each, k) => s[k] * (each - mean));
  if (gap > 0) {
    gradient[rival] += c2;
    gradient[top] -= c2;
  }
  return { value: Math.abs(h) + c2 * Math.max(0, gap) + c3 * distortion, gradient, h, gap };
}

export interface NoiseOptions {
  /** Expected L1 distortion of the probabilities that is allowed, in [0, 2]. */
  readonly budget: number;
  /** Most steps of the descent for each c3. */
  readonly steps: number;
}

/** The noise of one answer. */
export interface MemGuardNoise {
  /** ln p_k with the noise, up to a constant, [classes]; the row without it where none was found. */
  readonly noisy: Float32Array;
  /** L1 distance of the probabilities with and without it. */
  readonly distortion: number;
  /** How likely the noise is added: probability x distortion <= budget. */
  readonly probability: number;
}

/**
 * MemGuard's noise for one row (phases I and II). The descent starts from the logits and takes normalized steps of 0.1
 * until the defender's network changes its mind with the argmax in place, for c3 = 0.1, 1, 10, ... as long as that
 * succeeds; the last success is kept. It is added with probability min(1, budget / distortion), and never where it
 * leaves the network surer than before.
 *
 * @param logProbabilities ln p_k, [classes]
 */
export function memguardNoise(
  network: AttackNetwork,
  logProbabilities: Float64Array,
  { budget, steps }: NoiseOptions,
): MemGuardNoise {
  // The network reads probabilities in ascending order; the descent keeps the classes in the places they have at first.
  const order = ascending(logProbabilities);
  const start = Float64Array.from(order, (k) => logProbabilities[k]);
  const before = memberLogit(network, softmax(start));
  const plain = { noisy: fromLargest(logProbabilities), distortion: 0, probability: 0 };
  // The official code's tolerance: an output this close to 1/2 is left alone.
  if (Math.abs(sigmoid(before) - 0.5) <= 1e-5) return plain;
  let found: Float64Array | undefined;
  for (let c3 = 0.1; c3 <= 100_000; c3 *= 10) {
    const next = descend(network, start, { c2: 10, c3 }, steps);
    if (next === undefined) break;
    found = next;
  }
  if (found === undefined) return plain;
  const unsorted = new Float64Array(start.length);
  order.forEach((k, place) => (unsorted[k] = found![place]));
  return asReleased(
    network,
    logProbabilities,
    fromLargest(unsorted),
    Math.abs(sigmoid(before) - 0.5),
    budget,
  );
}

/** Distortion and probability of the very numbers that would be released. */
function asReleased(
  network: AttackNetwork,
  logProbabilities: Float64Array,
  noisy: Float32Array,
  sureness: number,
  budget: number,
): MemGuardNoise {
  const classes = noisy.length;
  const { probabilities, top } = outputRow(logProbabilities);
  const s = softmax(Float64Array.from(noisy));
  const distortion = s.reduce((sum, each, k) => sum + Math.abs(each - probabilities[k]), 0);
  const after = Math.abs(sigmoid(memberLogit(network, s.slice().sort())) - 0.5);
  // A tie in float32 would hand the prediction to another class.
  const stays = topClass(noisy, 0, classes) === top;
  const probability = !stays || after >= sureness ? 0 : Math.min(1, budget / distortion);
  return { noisy, distortion, probability };
}

/**
 * Walks down the loss in steps of length 0.1.
 *
 * @param start logits in ascending order, [classes]
 * @returns logits at which the network has changed its mind and the last is still the largest; undefined if none is reached
 */
export function descend(
  network: AttackNetwork,
  start: Float64Array,
  weights: NoiseLossWeights,
  steps: number,
): Float64Array | undefined {
  const p = softmax(start);
  const top = start.length - 1;
  const z = start.slice();
  let side = 0;
  for (let step = 0; step < steps; step++) {
    const { h, gap, gradient } = noiseLoss(network, z, p, top, weights);
    if (step === 0) side = Math.sign(h);
    else if (Math.sign(h) !== side && gap < 0) return z;
    const length = Math.hypot(...gradient);
    if (length === 0) return undefined;
    for (let k = 0; k < z.length; k++) z[k] -= (0.1 * gradient[k]) / length;
  }
  return undefined;
}

/** Classes in ascending order of their values; of equals the one that comes first is the larger, as in a prediction. */
export function ascending(values: Float64Array): number[] {
  return Array.from(values, (_, k) => k).sort((a, b) => values[a] - values[b] || b - a);
}

function largestOther(z: Float64Array, top: number): number {
  let rival = top === 0 ? 1 : 0;
  for (let k = 0; k < z.length; k++) if (k !== top && z[k] > z[rival]) rival = k;
  return rival;
}

function softmax(z: Float64Array): Float64Array {
  const { probabilities } = outputRow(z);
  const sum = probabilities.reduce((total, each) => total + each, 0);
  return probabilities.map((each) => each / sum);
}

function sigmoid(h: number): number {
  return 1 / (1 + Math.exp(-h));
}
