import { UserError } from '../errors';
import type { DType, NumericData } from './numeric-array';

const arrays = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/**
 * The numbers in raw bytes: copied, with the byte order of this machine; float16 as float32, 64-bit integers as float64
 * where each is exact.
 *
 * @throws UserError if a bool is neither 0 nor 1, or a 64-bit integer is beyond 2^53
 */
export function widened(
  bytes: Uint8Array,
  { dtype, bigEndian }: { readonly dtype: DType; readonly bigEndian: boolean },
  name: string,
): NumericData {
  // Buffer's own slice would be a view.
  const aligned = new Uint8Array(bytes.length);
  aligned.set(bytes);
  if (bigEndian) swap(aligned, dtype);
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(aligned.buffer), halfToNumber);
  if (dtype === 'int64' || dtype === 'uint64') return exactIntegers(aligned, dtype, name);
  const data = new arrays[dtype](aligned.buffer);
  if (dtype === 'bool') {
    const wrong = data.findIndex((value) => value > 1);
    if (wrong >= 0)
      throw new UserError(`${name}[${wrong}] is ${data[wrong]}, but a bool is 0 or 1. It is damaged.`);
  }
  return data;
}

function swap(bytes: Uint8Array, dtype: DType): void {
  const buffer = Buffer.from(bytes.buffer);
  if (/16$/.test(dtype)) buffer.swap16();
  else if (/32$/.test(dtype)) buffer.swap32();
  else if (/64$/.test(dtype)) buffer.swap64();
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function exactIntegers(bytes: Uint8Array, dtype: 'int64' | 'uint64', name: string): Float64Array {
  const wide = dtype === 'int64' ? new BigInt64Array(bytes.buffer) : new BigUint64Array(bytes.buffer);
  const result = new Float64Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    result[i] = Number(wide[i]);
    if (!Number.isSafeInteger(result[i])) {
      throw new UserError(
        `${name}[${i}] is ${wide[i]}, beyond 2^53 where a double holds every integer. Store it as float64 or text.`,
      );
    }
  }
  return result;
}
