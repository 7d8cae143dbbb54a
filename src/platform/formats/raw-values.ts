import { UserError } from '../../errors';

/** Bytes of one value in a file. */
export const itemSize: Readonly<Record<DType, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

/** Bytes of one value in memory. */
export const memorySize = (dtype: DType): number => (dtype === 'float16' ? 4 : itemSize[dtype]);

/** The number of values of a shape; Infinity or beyond 2^53 if the shape is absurd. */
export const valuesOf = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);

/**
 * Turns the bytes of a file into numbers. Where the bytes lie at a multiple of the value's size and are little-endian
 * already, the numbers share their memory.
 *
 * @param what the array, as the beginning of a sentence («array x of file.npz»)
 * @param first index of the first value, for messages
 * @throws UserError if a bool is neither 0 nor 1, or a 64-bit integer has no exact float64
 */
export function fromRaw(
  raw: Uint8Array,
  dtype: DType,
  bigEndian: boolean,
  what: string,
  first = 0,
): NumericData {
  const bytes = native(raw, itemSize[dtype], bigEndian);
  const { buffer, byteOffset, byteLength } = bytes;
  const length = byteLength / itemSize[dtype];
  switch (dtype) {
    case 'bool':
      return checkedBools(bytes, what, first);
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, length);
    case 'int8':
      return new Int8Array(buffer, byteOffset, length);
    case 'int16':
      return new Int16Array(buffer, byteOffset, length);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'int64':
      return exactIntegers(new Int32Array(buffer, byteOffset, 2 * length), true, what, first);
    case 'uint64':
      return exactIntegers(new Uint32Array(buffer, byteOffset, 2 * length), false, what, first);
    case 'float16':
      return halvesToFloats(new Uint16Array(buffer, byteOffset, length));
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
  }
}

/** Little-endian bytes at a multiple of the value's size, copied if need be. */
function native(raw: Uint8Array, size: number, bigEndian: boolean): Uint8Array {
  const swap = bigEndian && size > 1;
  if (!swap && raw.byteOffset % size === 0) return raw;
  const copy = new Uint8Array(raw);
  const view = Buffer.from(copy.buffer);
  if (swap && size === 2) view.swap16();
  if (swap && size === 4) view.swap32();
  if (swap && size === 8) view.swap64();
  return copy;
}

function checkedBools(bytes: Uint8Array, what: string, first: number): Uint8Array {
  const bad = bytes.findIndex((value) => value > 1);
  if (bad < 0) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  throw new UserError(
    `${what} is of type bool, but its value ${first + bad} is the byte ${bytes[bad]}, which is neither 0 nor 1. ` +
      'The file is damaged, or the array must be stored as uint8.',
  );
}

/** 64-bit integers as float64. Below 2^53 all are exact; above, those that a float64 has. */
function exactIntegers(
  halves: Int32Array | Uint32Array,
  signed: boolean,
  what: string,
  first: number,
): Float64Array {
  const values = new Float64Array(halves.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = halves[2 * i] >>> 0;
    const high = halves[2 * i + 1];
    const value = high * 2 ** 32 + low;
    values[i] = value;
    if (high < 2 ** 21 && high >= -(2 ** 21)) continue;
    const exact = (BigInt(high) << 32n) + BigInt(low);
    if (BigInt(value) === exact) continue;
    throw new UserError(
      `${what} is of type ${signed ? 'int64' : 'uint64'}, and its value ${first + i} is ${exact}, which float64 cannot ` +
        'hold exactly. Store the array as int32 or float64, or as text if these are names of records.',
    );
  }
  return values;
}

/** Row-major order for values that a file has with the first axis running fastest (Fortran order). */
export function rowMajor<Values extends NumericData | string[]>(
  values: Values,
  shape: readonly number[],
): Values {
  if (shape.length < 2 || values.length === 0) return values;
  const out = values.slice() as Values;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const last = shape.length - 1;
  const index = new Array<number>(shape.length).fill(0);
  let start = 0;
  for (let to = 0; to < out.length;) {
    for (let i = 0, from = start; i < shape[last]; i++, from += strides[last]) out[to++] = values[from];
    for (let axis = last - 1; axis >= 0; axis--) {
      start += strides[axis];
      if (++index[axis] < shape[axis]) break;
      start -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** The type that an array in memory is written with. */
export function dtypeOf(data: NumericData): DType {
  const found = dtypesOfArrays.find(([Type]) => data instanceof Type);
  if (found === undefined) throw new Error('data must be a typed array of numbers');
  return found[1];
}
const dtypesOfArrays = [
  [Int8Array, 'int8'],
  [Uint8Array, 'uint8'],
  [Int16Array, 'int16'],
  [Uint16Array, 'uint16'],
  [Int32Array, 'int32'],
  [Uint32Array, 'uint32'],
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
] as const;

/**
 * Little-endian bytes of numbers in the type that is asked for.
 *
 * @throws UserError if an integer type or bool cannot hold a value; floats are rounded
 */
export function toRaw(data: NumericData, dtype: DType, what: string): Uint8Array {
  if (dtype === dtypeOf(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  switch (dtype) {
    case 'float16':
      return new Uint8Array(floatsToHalves(data).buffer);
    case 'float32':
      return new Uint8Array(Float32Array.from(data).buffer);
    case 'float64':
      return new Uint8Array(Float64Array.from(data).buffer);
    default:
      return integerBytes(data, dtype, what);
  }
}

type IntegerType = Exclude<DType, 'float16' | 'float32' | 'float64'>;
const integerArrays = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

function integerBytes(data: NumericData, dtype: IntegerType, what: string): Uint8Array {
  const [low, high] = integerRange(dtype);
  const fits = (value: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high && !Object.is(value, -0);
  let bad = -1;
  for (let i = 0; i < data.length && bad < 0; i++) if (!fits(data[i])) bad = i;
  if (bad >= 0) {
    const value = Object.is(data[bad], -0) ? '-0' : data[bad];
    throw new UserError(
      `${what} is to be written as ${dtype}, which cannot hold its value ${bad}, ${value}. Choose another type.`,
    );
  }
  const Type = integerArrays[dtype];
  if (Type === BigInt64Array || Type === BigUint64Array) {
    return new Uint8Array(Type.from(Array.from(data, BigInt)).buffer);
  }
  return new Uint8Array(new Type(data).buffer);
}

function integerRange(dtype: IntegerType): readonly [number, number] {
  if (dtype === 'bool') return [0, 1];
  const bits = 8 * itemSize[dtype];
  // The largest float64 below 2^63 or 2^64 is the last one that fits.
  const top = dtype.startsWith('u') ? 2 ** bits : 2 ** (bits - 1);
  return [dtype.startsWith('u') ? 0 : -top, bits === 64 ? top * (1 - 2 ** -53) : top - 1];
}

/**
 * Puts numbers and shape together.
 *
 * @throws UserError if they do not fit
 */
export function checkedShape<A extends Pick<NumericArray, 'shape' | 'data'>>(array: A, what: string): A {
  const whole = array.shape.every((size) => Number.isInteger(size) && size >= 0);
  if (whole && valuesOf(array.shape) === array.data.length) return array;
  throw new UserError(
    `${what} has ${array.data.length} values, but its shape [${array.shape.join(', ')}] needs ${valuesOf(array.shape)}. ` +
      'Give the shape that fits.',
  );
}

// Half precision (IEEE 754 binary16): 1 sign, 5 exponent and 10 fraction bits.

let table: Float32Array | undefined;

/** The values of all 65,536 halves. */
function halves(): Float32Array {
  if (table !== undefined) return table;
  table = new Float32Array(2 ** 16);
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) table[bits] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** Widens halves; exact. */
export function halvesToFloats(bits: Uint16Array): Float32Array {
  const values = halves();
  const floats = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) floats[i] = values[bits[i]];
  return floats;
}

/** Rounds to the nearest half, ties to even; beyond 65,520 it becomes infinite. */
export function floatsToHalves(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halfBits(values[i]);
  return bits;
}

function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  // The spacing of halves around the value; subnormal ones are 2^-24 apart.
  const exponent = Math.max(Math.floor(Math.log2(size || 2 ** -30)), -14);
  const steps = roundHalfEven(size / 2 ** (exponent - 10));
  // A carry out of the fraction runs into the exponent by itself.
  return sign | (exponent === -14 && steps < 1024 ? steps : ((exponent + 14) << 10) + steps);
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** Widens bfloat16 (the upper half of a float32); exact. */
export function bfloat16ToFloats(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i] << 16;
  return new Float32Array(wide.buffer);
}

/** Numbers as files hold them; `float16` and big-endian values are widened or swapped on reading. */
export type DType =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

/** What numbers are read into: bool becomes uint8, float16 float32; int64 and uint64 float64 if every value is exact. */
export type NumericData =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** An array with its shape, always row-major (C order) in memory. */
export interface NumericArray {
  /** The type in the file. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major; its length is the product of the shape. */
  readonly data: NumericData;
}
