import { referenceModels, type SignalSet } from '../signals/signal-set';

/** Values of one statistic at one record under the reference models that hold it (in) and those that do not (out). */
export interface RecordSides {
  readonly inside: Float64Array;
  readonly outside: Float64Array;
}

/**
 * Walks over the records with the values of the reference models on both sides. The two arrays are buffers that the next
 * record overwrites.
 *
 * @param values statistic of all models, row-major [M, n]
 */
export function forEachRecord(
  set: SignalSet,
  values: Float64Array,
  visit: (record: number, sides: RecordSides) => void,
): void {
  const others = referenceModels(set);
  const inBuffer = new Float64Array(others.length);
  const outBuffer = new Float64Array(others.length);
  for (let i = 0; i < set.n; i++) {
    let inside = 0;
    let outside = 0;
    for (const m of others) {
      const value = values[m * set.n + i];
      if (set.members[m][i] === 1) inBuffer[inside++] = value;
      else outBuffer[outside++] = value;
    }
    visit(i, { inside: inBuffer.subarray(0, inside), outside: outBuffer.subarray(0, outside) });
  }
}

/** Median of some values by partial sort of a copy; NaN of none. */
export function medianOf(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  return n % 2 === 1 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
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
  for (let i = 0; i < values.length; i++) sum += (values[i] - center) ** 2;
  return sum;
}
