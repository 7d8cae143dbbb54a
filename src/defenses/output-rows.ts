import { type Defense, type DefenseDefinition, type OutputFilter } from '../training/defense';
import { lossTraining } from '../training/batch-loss';
import { logSoftmax, sumInOrder } from '../signals/log-softmax';
import { probabilityFloor } from '../signals/log-probabilities';
import { baseLoss, baseLossSchema, withBase } from './base-loss';
import type { z } from 'zod';

/** What a defense that only changes answers does with one record. */
export interface OutputRow {
  /** ln p_k, float64, [classes]. */
  readonly logProbabilities: Float64Array;
  /** p_k, [classes]. */
  readonly probabilities: Float64Array;
  /** The predicted class: the first of the largest. */
  readonly top: number;
}

/** The least probability that an answer tells from 0, as in a file of float32 probabilities: 2^-149. */
export const outputFloor = probabilityFloor('float32');

/**
 * ln p as an answer gives it. A probability of 0 becomes ln 2^-149 = -103.3, as when a file of probabilities is audited:
 * finite for every attack, below anything that the softmax of a trained model gives in float32.
 */
export function answeredLog(p: number): number {
  return Math.log(Math.max(p, outputFloor));
}

/**
 * A filter that changes each row by itself, in float64.
 *
 * @param change gives the new ln p_k, up to a constant, [classes]; `query` is the input of that row
 */
export function rowFilter(
  classes: number,
  change: (row: OutputRow, query: Float32Array) => ArrayLike<number>,
): OutputFilter {
  return (logits, x) => {
    const n = logits.length / classes;
    const features = x.length / n;
    const all = logSoftmax({ n, classes, logits }, sumInOrder);
    const out = new Float32Array(logits.length);
    for (let row = 0; row < n; row++) {
      const own = outputRow(all.subarray(row * classes, (row + 1) * classes));
      const query = x.subarray(row * features, (row + 1) * features);
      out.set(fromLargest(change(own, query)), row * classes);
    }
    return out;
  };
}

/** Differences to the largest, which float32 holds without making unequal classes equal. */
export function fromLargest(values: ArrayLike<number>): Float32Array {
  let largest = values[0];
  for (let k = 1; k < values.length; k++) largest = Math.max(largest, values[k]);
  return Float32Array.from(values, (value) => value - largest);
}

/** One record as a filter sees it. @param logProbabilities ln p_k, [classes] */
export function outputRow(logProbabilities: Float64Array): OutputRow {
  let top = 0;
  logProbabilities.forEach((value, k) => {
    if (value > logProbabilities[top]) top = k;
  });
  return { logProbabilities, probabilities: logProbabilities.map(Math.exp), top };
}

/** A defense that trains with its base loss and changes answers only. */
export function outputDefense(
  label: string,
  base: z.output<typeof baseLossSchema>,
  outputs: NonNullable<Defense['outputs']>,
): ReturnType<DefenseDefinition['create']> {
  return {
    label: `${label}${withBase(base)}`,
    training: () => lossTraining(baseLoss(base)),
    outputs,
  };
}
