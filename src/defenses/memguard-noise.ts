import { topClass } from '../signals/log-softmax';
import { memberLogit, memberLogitGradient, type AttackNetwork } from './memguard-network';
import { fromLargest, outputRow } from './output-rows';

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
