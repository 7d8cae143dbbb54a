import { countAbove, countBelow } from './sorted-sides';

/**
 * Ranks 1 .. n in ascending order; equal values share the mean of their ranks. The order of the values plays no part.
 *
 * @param values [n], none NaN
 * @returns [n]
 */
export function midranks(values: Float64Array): Float64Array {
  // Sorting plain numbers and looking each one up is several times faster than sorting positions.
  const sorted = values.slice().sort();
  return values.map((value) => {
    const below = countBelow(sorted, value);
    const isAlone = sorted[below + 1] !== value;
    return isAlone ? below + 1 : (below + 1 + sorted.length - countAbove(sorted, value)) / 2;
  });
}

/** Positions of the values in ascending order; equal values by position. */
export function ascendingOrder(values: Float64Array): Uint32Array {
  // A comparison by subtraction would give NaN for two infinities of one sign.
  return Uint32Array.from(values, (_, i) => i).sort((a, b) =>
    values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b,
  );
}
