import type { RandomStream } from '../platform/math/random';

/** Where the values of random inputs lie. */
export interface InputRange {
  /** Smallest and largest value of each feature, or of each channel of a picture. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** True if all values are 0 or 1: random inputs are then bits. */
  readonly binary: boolean;
}

/**
 * The range of some inputs, by feature for tables and by channel for pictures.
 *
 * @param x row-major [rows, ...inputShape]
 */
export function inputRange(x: Float32Array, inputShape: readonly number[]): InputRange {
  const places = inputShape[inputShape.length - 1];
  const low = new Float64Array(places).fill(Infinity);
  const high = new Float64Array(places).fill(-Infinity);
  let binary = true;
  x.forEach((value, i) => {
    const place = i % places;
    if (value < low[place]) low[place] = value;
    if (value > high[place]) high[place] = value;
    binary &&= value === 0 || value === 1;
  });
  return { low, high, binary };
}

/** Fills a part of an array whose length is that of whole inputs with uniform values from the range. */
export function fillRandomInput(
  out: Float32Array,
  { low, high, binary }: InputRange,
  stream: RandomStream,
): void {
  const places = low.length;
  for (let i = 0; i < out.length; i++) {
    const u = stream.uniform();
    const place = i % places;
    out[i] = binary ? Number(u < 0.5) : low[place] + u * (high[place] - low[place]);
  }
}
