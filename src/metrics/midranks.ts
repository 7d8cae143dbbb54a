/**
 * Ranks 1 .. n in ascending order; equal values share the mean of their ranks. The order of the values plays no part.
 *
 * @param values [n], none NaN
 * @returns [n]
 */
export function midranks(values: Float64Array): Float64Array {
  const order = ascendingOrder(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Positions of the values in ascending order; equal values by position. */
export function ascendingOrder(values: Float64Array): Uint32Array {
  // A comparison by subtraction would give NaN for two infinities of one sign.
  return Uint32Array.from(values, (_, i) => i).sort((a, b) =>
    values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b,
  );
}
