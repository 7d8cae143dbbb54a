import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compensatedSum, mean } from '../../src/platform/math/quantile';

/** One training of a defense on Location30 with one of cross-entropy beside it (make-training-numbers.ts). */
export interface TrainingNumbersRun {
  readonly name: string;
  readonly label: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** CPU time of the training with its teachers; a measurement, unlike the rest not reproducible. */
  readonly cpuSeconds: number;
  /** The same for cross-entropy, trained right before or after it. */
  readonly baselineCpuSeconds: number;
  /** Over the last tenth of the epochs, after both decays of the learning rate; null where fewer epochs are trained. */
  readonly path: WeightsPath | null;
  /** Over as many epochs before the first decay, with the full learning rate; null likewise. */
  readonly pathBeforeDecay: WeightsPath | null;
  /** Of the members' cross-entropy losses at the end: variance, and the part of it from the largest 1 % of the losses. */
  readonly memberLoss: { readonly mean: number; readonly variance: number; readonly topShare: number };
}

/** The way of all weights, epoch by epoch: its length, the distance from its begin to its end, the norm at its end. */
export interface WeightsPath {
  readonly length: number;
  readonly distance: number;
  readonly norm: number;
}

/** The content of training-numbers.json. */
export interface TrainingNumbers {
  readonly schema: 'ccl-lab/training-numbers/1';
  readonly command: string;
  readonly runs: readonly TrainingNumbersRun[];
}

export function trainingNumbers(): TrainingNumbers {
  return JSON.parse(readFileSync(join(__dirname, 'training-numbers.json'), 'utf8')) as TrainingNumbers;
}

/** Each point is a list of arrays. */
export function pathOf(points: readonly (readonly Float32Array[])[]): WeightsPath {
  const last = points[points.length - 1];
  const steps = points.slice(1).map((point, i) => distanceOf(points[i], point));
  return {
    length: steps.reduce((sum, step) => sum + step, 0),
    distance: distanceOf(points[0], last),
    norm: norm(last),
  };
}

/** Euclidean, over all arrays together. */
function norm(point: readonly Float32Array[]): number {
  return Math.sqrt(
    point.reduce((sum, values) => values.reduce((total, value) => total + value * value, sum), 0),
  );
}

function distanceOf(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return norm(a.map((values, k) => values.map((value, i) => value - b[k][i])));
}

/** The part that the largest `share` of the values (at least one) have in the sum of squared deviations from the mean. */
export function topShare(values: Float64Array, share: number): number {
  const center = mean(values);
  const squares = Float64Array.from(values)
    .sort()
    .map((value) => (value - center) ** 2);
  const top = squares.subarray(squares.length - Math.max(1, Math.round(share * squares.length)));
  return compensatedSum(top) / compensatedSum(squares);
}
