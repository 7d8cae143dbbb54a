import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import type { AttackNote, AttackScores } from './attack';
import { comparedModels, type Compared } from './compared-models';

/** Values of one statistic at one record under the models that it is compared with: that hold it (in), that do not (out). */
export interface RecordSides {
  readonly inside: Float64Array;
  readonly outside: Float64Array;
}

/** Records whose values are gathered at a time, so that each model's row is read in pieces that lie together. */
const blockSize = 64;

/**
 * Walks over the records with the values of the models that each is compared with (`comparedModels`), both sides in the
 * order of the models; both are empty for a record that is compared with none, and `inside` where only out-models are.
 * The arrays are scratch memory: a visitor may sort them, and later records overwrite them.
 *
 * @param values statistic of all models, row-major [M, n] or, with altered copies, [M, n, A]
 * @param visit is called for each record, and of each record for each copy, with its place in [n] or [n, A]
 */
export function forEachRecord(
  set: SignalSet,
  values: Float64Array,
  compared: Compared,
  visit: (place: number, sides: RecordSides) => void,
): void {
  const used = comparedModels(set, compared);
  const { models } = set;
  const width = values.length / models;
  const copies = width / set.n;
  const gathered = [new Float64Array(blockSize * models), new Float64Array(blockSize * models)];
  const counts = [new Int32Array(blockSize), new Int32Array(blockSize)];
  for (let start = 0; start < width; start += blockSize) {
    const size = Math.min(blockSize, width - start);
    counts.forEach((count) => count.fill(0));
    for (let m = 0; m < models; m++) {
      for (let b = 0; b < size; b++) {
        const record = copies === 1 ? start + b : Math.floor((start + b) / copies);
        if (used[m][record] === 0) continue;
        const side = set.members[m][record];
        gathered[side][b * models + counts[side][b]++] = values[m * width + start + b];
      }
    }
    for (let b = 0; b < size; b++) {
      const at = b * models;
      visit(start + b, {
        inside: gathered[1].subarray(at, at + counts[1][b]),
        outside: gathered[0].subarray(at, at + counts[0][b]),
      });
    }
  }
}

/** Median, NaN of none. Moves the values about (quickselect), which is several times faster than sorting a few dozen. */
export function medianInPlace(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return NaN;
  const middle = n >> 1;
  select(values, middle);
  const high = values[middle];
  if (n % 2 === 1) return high;
  let low = -Infinity;
  for (let i = 0; i < middle; i++) if (values[i] > low) low = values[i];
  return (low + high) / 2;
}

/** Puts the k-th smallest value at place k, smaller or equal ones before it (Hoare 1961). */
export function select(values: Float64Array, k: number): void {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[k];
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const swapped = values[i];
        values[i++] = values[j];
        values[j--] = swapped;
      }
    }
    if (j < k) left = i;
    if (i > k) right = j;
  }
}

/** Mean; NaN of none. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Sum of squared deviations from a center. */
export function squaresAbout(values: Float64Array, center: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - center) * (values[i] - center);
  return sum;
}

/** ln mean exp(-u), without underflow; NaN of none. */
export function logMeanExpNegative(losses: Float64Array): number {
  if (losses.length === 0) return NaN;
  let smallest = Infinity;
  for (let i = 0; i < losses.length; i++) smallest = Math.min(smallest, losses[i]);
  let sum = 0;
  for (let i = 0; i < losses.length; i++) sum += Math.exp(smallest - losses[i]);
  return Math.log(sum / losses.length) - smallest;
}

/**
 * Scores with a note about the records that lack the models that the attack compares with.
 *
 * @throws UserError if that is every record
 */
export function whereUsable(
  attack: string,
  { scores, usable }: { readonly scores: Float64Array; readonly usable: Uint8Array },
  models: Compared,
  notes: readonly AttackNote[] = [],
): AttackScores {
  const left = usable.reduce((sum, flag) => sum + 1 - flag, 0);
  if (left === usable.length) {
    throw badInput(
      'the number of records with reference models',
      0,
      `${attack} needs ${models} for some records`,
      'Pass reference models that were trained on random halves of the records',
    );
  }
  if (left === 0) return { scores, notes };
  const note: AttackNote = { code: 'unscored', records: left, of: usable.length, lacks: models };
  return { scores, usable, notes: [...notes, note] };
}
