/** True if every value is 0 or 1. */
export function isBinary(x: Uint8Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] > 1) return false;
  return true;
}

/** Packs zeros and ones, 8 values a byte, the first value in the lowest bit; the last byte is filled up with zeros. */
export function packBits(x: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(x.length / 8));
  const whole = x.length >> 3;
  for (let i = 0; i < whole; i++) {
    const j = i << 3;
    packed[i] =
      x[j] |
      (x[j + 1] << 1) |
      (x[j + 2] << 2) |
      (x[j + 3] << 3) |
      (x[j + 4] << 4) |
      (x[j + 5] << 5) |
      (x[j + 6] << 6) |
      (x[j + 7] << 7);
  }
  for (let j = whole << 3; j < x.length; j++) packed[whole] |= x[j] << (j & 7);
  return packed;
}

/** Undoes `packBits` for `length` values. */
export function unpackBits(packed: Uint8Array, length: number): Uint8Array {
  const x = new Uint8Array(Math.ceil(length / 8) * 8);
  // Eight values at a time: bytes of 0 and 1 seen as one float64 (never NaN), which is moved and not computed with.
  const table = new Float64Array(
    Uint8Array.from({ length: 2048 }, (_, i) => ((i >> 3) >> (i & 7)) & 1).buffer,
  );
  const eights = new Float64Array(x.buffer);
  for (let i = 0; i < packed.length; i++) eights[i] = table[packed[i]];
  return x.subarray(0, length);
}
