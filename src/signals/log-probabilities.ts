import { badInput } from '../errors';
import type { DType } from '../formats/numeric-array';
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
 * @returns log-probabilities in the type of `values`, and how many were below the floor
 * @throws UserError if a value is NaN or outside [0, 1], or a row does not sum to 1 within `sumTolerance`
 */
export function logProbabilities(
  name: string,
  lead: readonly number[],
  values: FloatArray,
  shape: readonly number[],
  dtype: DType,
): { readonly logits: FloatArray; readonly raised: number } {
  const classes = shape[shape.length - 1];
  const floor = probabilityFloor(dtype);
  const tolerance = sumTolerance(dtype);
  const logits = values.slice();
  let raised = 0;
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    for (let i = start; i < start + classes; i++) {
      const p = values[i];
      if (!(p >= 0 && p <= 1)) throw notInUnit(at(name, ...lead, ...indicesOf(i, shape)), p);
      sum += p;
      if (p < floor) raised++;
      logits[i] = Math.log(p < floor ? floor : p);
    }
    if (Math.abs(sum - 1) > tolerance) {
      throw badInput(
        `the sum of ${at(name, ...lead, ...indicesOf(start, shape).slice(0, -1))}`,
        sum,
        `the probabilities of a record must sum to 1 (within ${tolerance})`,
        'Store all classes after a softmax, or store the values before it as logits',
      );
    }
  }
  return { logits, raised };
}

function notInUnit(where: string, p: number): Error {
  return badInput(
    where,
    p,
    'must be a probability in [0, 1]',
    'Store the values before the softmax under the name logits instead',
  );
}

/** True if every row looks like probabilities: all in [0, 1], each row with the sum 1. Logits never do by chance. */
export function looksLikeProbabilities(values: FloatArray, classes: number): boolean {
  for (let start = 0; start < values.length; start += classes) {
    let sum = 0;
    for (let i = start; i < start + classes; i++) {
      if (!(values[i] >= 0 && values[i] <= 1)) return false;
      sum += values[i];
    }
    if (Math.abs(sum - 1) > 1e-4) return false;
  }
  return true;
}
