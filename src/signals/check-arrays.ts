import { badInput } from '../errors';
import type { DType, NumericData } from '../platform/formats/raw-values';

/** Numbers as models put them out. */
export type FloatArray = Float32Array | Float64Array;

/** How messages point into an array: «logits[3, 17, 2] in a.npz», from the name «logits in a.npz». */
export function at(name: string, ...indices: readonly number[]): string {
  const [array, ...file] = name.split(/(?= in )/);
  return `${array}${indices.length === 0 ? '' : `[${indices.join(', ')}]`}${file.join('')}`;
}

/** Splits a flat position of a row-major array into its indices. */
export function indicesOf(flat: number, shape: readonly number[]): number[] {
  const indices = new Array<number>(shape.length);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return indices;
}

/**
 * Checks one slice of an array of outputs.
 *
 * @param name the array, with its file
 * @param lead indices in front of the slice (the model), as the file counts them; empty if the file has no such axis
 * @param shape shape of the slice
 * @throws UserError at the first value that is NaN or infinite
 */
export function checkFinite(
  name: string,
  lead: readonly number[],
  values: ArrayLike<number>,
  shape: readonly number[],
): void {
  for (let i = 0; i < values.length; i++) {
    // The difference is 0 for finite numbers and NaN for the others; quicker than Number.isFinite on large arrays.
    if (values[i] - values[i] === 0) continue;
    throw badInput(
      at(name, ...lead, ...indicesOf(i, shape)),
      values[i],
      'must be a finite number',
      Number.isNaN(values[i])
        ? 'A model that answers NaN has diverged: train it again, or leave this model out'
        : 'Look for overflow or a division by zero in the model and export its outputs again, or leave this model out',
    );
  }
}

/**
 * Takes labels of any type that holds whole numbers: floats and truth values too.
 *
 * @throws UserError if a label is no whole number or outside 0 .. classes-1
 */
export function takeClassLabels(
  name: string,
  { data }: { readonly data: ArrayLike<number> },
  classes: number,
): Int32Array {
  const labels = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (!(data[i] >= 0 && data[i] < classes && Number.isInteger(data[i]))) {
      throw badInput(
        at(name, i),
        data[i],
        `labels must be integers in 0 .. ${classes - 1} (there are ${classes} classes)`,
        'Count classes from 0',
      );
    }
    labels[i] = data[i];
  }
  return labels;
}

/**
 * Takes yes and no of type bool, or as the numbers 0 and 1.
 *
 * @param shape shape of `data`, for the indices in messages
 * @throws UserError if a value is neither 0 nor 1
 */
export function takeZeroOne(
  name: string,
  { data }: { readonly data: ArrayLike<number> },
  shape: readonly number[],
  meaning = '1 (in the training set) or 0 (not in it)',
): Uint8Array {
  const taken = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0 && data[i] !== 1) {
      throw badInput(at(name, ...indicesOf(i, shape)), data[i], `must be ${meaning}`, 'Pass a 0/1 array');
    }
    taken[i] = data[i];
  }
  return taken;
}

/** Copies numbers of any type into floats: float64 stays, everything else that fits into float32 becomes that. */
export function toFloats(data: NumericData, dtype: DType): FloatArray {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  return /32$|64$/.test(dtype) ? Float64Array.from(data) : Float32Array.from(data);
}

/** @throws UserError if there are fewer than two classes */
export function checkClasses(name: string, classes: number): void {
  if (classes >= 2) return;
  throw badInput(
    `the number of classes of ${name} (its last axis)`,
    classes,
    'must be at least 2',
    'For a model with one output z store the two columns 0 and z as logits, or 1 - p and p as probabilities',
  );
}

/** @throws UserError unless members and non-members of the target are there */
export function checkBothSides(name: string, target: number, members: Uint8Array): void {
  const count = members.reduce((sum, member) => sum + member, 0);
  if (count > 0 && count < members.length) return;
  throw badInput(
    `the number of ones in ${at(name, target)}, the target's row,`,
    count,
    `both members and non-members are needed among the ${members.length} records`,
    count === 0
      ? 'Add records of the training set, or choose another target'
      : 'Add records that the model was not trained on, or choose another target',
  );
}

/** @throws UserError unless the target is one of the models */
export function checkTarget(target: number, models: number): void {
  if (Number.isInteger(target) && target >= 0 && target < models) return;
  throw badInput(
    'target',
    target,
    `must be a whole number in 0 .. ${models - 1} (there ${models === 1 ? 'is 1 model' : `are ${models} models`})`,
    'Choose one of the models, counted over all files from 0',
  );
}
