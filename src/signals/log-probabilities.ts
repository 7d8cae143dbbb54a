import { badInput } from '../errors';
import type { DType } from '../platform/formats/raw-values';
import { at, indicesOf, type FloatArray } from './check-arrays';

/**
 * The least probability that is told from 0: 2^-149 (about 1.4e-45, the smallest float32, which is also what the
 * official LiRA code adds), and 2^-24 (about 6.0e-8, the smallest float16) where a file holds float16.
 */
export function probabilityFloor(dtype: DType): number {
  return dtype === 'float16' ? 2 ** -24 : 2 ** -149;
}

/** How far the sum of a row may be from 1: rounding of stored probabilities, not an error of the model. */
export function sumTolerance(dtype: DType): number {
  return dtype === 'float16' ? 0.005 : 0.001;
}

/**
 * Turns rows of probabilities into log-probabilities ln(max(p, floor)), which serve as logits: softmax gives the
 * probabilities back. p = 1 becomes 0; p = 0 becomes ln(floor), about -103.3 (-16.6 for float16).
 *
 * @param name the array, with its file
 * @param lead indices in front of the rows, for messages
 * @param values row-major, not changed
 * @param shape of `values`, the classes last
 * Rows of the best classes only (all others 0, the sum below 1) get what they lack spread evenly over the others, as long
 * as none of those becomes more than the least that is there. Probabilities that were rounded to so many decimals may
 * miss the sum 1 by half of the last one for each that is not 0; softmax brings them to the sum 1.
 *
 * @returns log-probabilities in the type of `values`, how many were below the floor, how many rows were filled up, how many
 *   miss the sum 1 by rounding, and the decimals that all values have (null if none or more than four)
 * @throws UserError if a value is NaN or outside [0, 1], or a row does not sum to 1 within `sumTolerance` or its rounding
 */
export function logProbabilities(
  name: string,
  lead: readonly number[],
  values: FloatArray,
  shape: readonly number[],
  dtype: DType,
): {
  readonly logits: FloatArray;
  readonly raised: number;
  readonly filled: number;
  readonly rounded: number;
  readonly decimals: number | null;
} {
  const classes = shape[shape.length - 1];
  const floor = probabilityFloor(dtype);
  const tolerance = sumTolerance(dtype);
  const logits = values.slice();
  let raised = 0;
  let filled = 0;
  let rounded = 0;
  const decimals = decimalsOf(values);
  const halfUnit = decimals === null ? 0 : 0.5 * 10 ** -decimals;
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    let low = 0;
    for (let i = start; i < start + classes; i++) {
      const p = values[i];
      if (!(p >= 0 && p <= 1)) throw notInUnit(at(name, ...lead, ...indicesOf(i, shape)), p);
      sum += p;
      if (p < floor) low++;
      logits[i] = Math.log(p < floor ? floor : p);
    }
    if (
      Math.abs(sum - 1) > tolerance &&
      Math.abs(sum - 1) <= halfUnit * aboveZero(values, start, classes) + 1e-6
    ) {
      rounded++;
      raised += low;
      continue;
    }
    const rest = sum < 1 - tolerance ? restOfBest(values, start, classes, 1 - sum) : undefined;
    if (rest !== undefined) {
      filled++;
      for (let i = start; i < start + classes; i++) if (values[i] === 0) logits[i] = Math.log(rest);
      continue;
    }
    raised += low;
    if (Math.abs(sum - 1) > tolerance) {
      throw badInput(
        `the sum of ${at(name, ...lead, ...indicesOf(start, shape).slice(0, -1))}`,
        sum,
        `the probabilities of a record must sum to 1 (within ${tolerance})`,
        'Store all classes after a softmax, or store the values before it as logits; where only the best k answers are known, ' +
          'store 0 for the others',
      );
    }
  }
  return { logits, raised, filled, rounded, decimals };
}

/** How many decimals all values have, at most four; null where some have more, or none has any. */
function decimalsOf(values: FloatArray): number | null {
  for (let decimals = 0, unit = 1; decimals <= 4; decimals++, unit *= 10) {
    // float32 keeps seven digits.
    if (values.every((p) => Math.abs(p * unit - Math.round(p * unit)) <= 1e-6 * unit))
      return decimals === 0 ? null : decimals;
  }
  return null;
}

function aboveZero(values: FloatArray, start: number, classes: number): number {
  let count = 0;
  for (let i = start; i < start + classes; i++) if (values[i] > 0) count++;
  return count;
}

/** The equal share of each class of probability 0; undefined if these are not the best classes of a row. */
function restOfBest(values: FloatArray, start: number, classes: number, missing: number): number | undefined {
  let zeros = 0;
  let smallest = Infinity;
  for (let i = start; i < start + classes; i++) {
    if (values[i] === 0) zeros++;
    else if (values[i] < smallest) smallest = values[i];
  }
  const share = missing / zeros;
  return zeros > 0 && zeros < classes && share <= smallest ? share : undefined;
}

/**
 * Outputs of minus infinity are the logarithm of the probability 0 (scikit-learn's predict_log_proba has them): they are
 * raised to that of the floor, beside the other outputs of their row. A row without any finite output stays as it is.
 *
 * @returns the same array if there are none, and how many there were
 */
export function raisedInfinities(
  values: FloatArray,
  classes: number,
  dtype: DType,
): { readonly values: FloatArray; readonly raised: number } {
  let raised = 0;
  let out = values;
  for (let start = 0; start < values.length; start += classes) {
    const row = values.subarray(start, start + classes);
    if (!row.includes(-Infinity)) continue;
    let top = -Infinity;
    for (const value of row) if (value > top) top = value;
    if (!Number.isFinite(top)) continue;
    let sum = 0;
    for (const value of row) sum += Math.exp(value - top);
    if (out === values) out = values.slice();
    for (let i = start; i < start + classes; i++) {
      if (values[i] !== -Infinity) continue;
      out[i] = top + Math.log(sum) + Math.log(probabilityFloor(dtype));
      raised++;
    }
  }
  return { values: out, raised };
}

function notInUnit(where: string, p: number): Error {
  return badInput(
    where,
    p,
    'must be a probability in [0, 1]',
    Number.isNaN(p)
      ? 'A model that answers NaN has diverged: train it again, or leave this model out. If only the best answers are known, store 0 for the others'
      : 'Store the values before the softmax under the name logits instead',
  );
}

/**
 * True if every row looks like probabilities: all in [0, 1], each row with the sum 1, not all of them 0 or 1. Logits
 * never do by chance.
 */
export function looksLikeProbabilities(values: FloatArray, classes: number): boolean {
  let isFraction = false;
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    for (let i = start; i < start + classes; i++) {
      if (!(values[i] >= 0 && values[i] <= 1)) return false;
      isFraction ||= values[i] > 0 && values[i] < 1;
      sum += values[i];
    }
    if (Math.abs(sum - 1) > 1e-4) return false;
  }
  return isFraction;
}
