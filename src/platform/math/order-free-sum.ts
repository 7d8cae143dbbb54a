/**
 * The sum of numbers, the same bits in whatever order they come: each is cut at two places that are the same for all into
 * parts that add without rounding. As near to the exact sum as one rounding, and 2^-90 of the largest number.
 */
export function orderFreeSum(values: ArrayLike<number>): number {
  const n = values.length;
  const most = largestSize(values);
  let sum = 0;
  if (n < 3 || !(most > 0 && most < 1e290)) {
    for (let i = 0; i < n; i++) sum += values[i];
    return sum;
  }
  // Adding 1.5 * 2^e leaves multiples of 2^(e - 52); sums of n of these stay below 2^e.
  const spread = 2 ** (33 - Math.clz32(n - 1));
  const above = most > 0.5 && most <= 1 ? 1 : 2 ** Math.ceil(Math.log2(most));
  const cut = 1.5 * above * spread;
  const finer = cut * spread * 2 ** -53;
  let rest = 0;
  for (let i = 0; i < n; i++) {
    const high = values[i] + cut - cut;
    sum += high;
    rest += values[i] - high + finer - finer;
  }
  return sum + rest;
}

function largestSize(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (!(size <= most)) most = size;
  }
  return most;
}
