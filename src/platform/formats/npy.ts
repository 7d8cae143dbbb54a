import { UserError } from '../../errors';
import { checkSize, type ReadLimits } from './limits';
import { npyText, textItemSize } from './npy-text';
import {
  type DType,
  type NumericArray,
  type NumericData,
  checkedShape,
  dtypeOf,
  fromRaw,
  itemSize,
  memorySize,
  rowMajor,
  toRaw,
  valuesOf,
} from './raw-values';
import { numericHeader, parseNpyHeader } from './npy-header';

export type { NpyHeader } from './npy-header';

/** An array of text, row-major. */
export interface TextArray {
  readonly shape: readonly number[];
  readonly values: string[];
}

/** An array in memory that is to be written; `dtype` is that of `data` unless given. */
export interface ArrayToWrite {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: NumericData;
  readonly dtype?: DType;
}

/**
 * Reads an .npy file: bool, integers and floats of all widths, both byte orders, both memory orders. The numbers may
 * share the memory of `bytes`.
 *
 * @param name file or array, for messages
 * @throws UserError if it is no whole .npy file of numbers, or larger than the limits
 */
export function decodeNpy(bytes: Uint8Array, name: string, limits?: ReadLimits): NumericArray {
  const { dtype, shape, fortranOrder, bigEndian, dataOffset } = numericHeader(
    parseNpyHeader(bytes, name),
    name,
  );
  checkDataBytes(name, shape, itemSize[dtype], bytes.length - dataOffset);
  checkSize(name, valuesOf(shape) * memorySize(dtype), limits);
  const data = fromRaw(bytes.subarray(dataOffset), dtype, bigEndian, name);
  return { dtype, shape, data: fortranOrder ? rowMajor(data, shape) : data };
}

/**
 * Reads an .npy file of text: numpy's types U (Unicode) and S (bytes, which must be UTF-8).
 *
 * @throws UserError if it is no whole .npy file of text, or larger than the limits
 */
export function decodeNpyText(bytes: Uint8Array, name: string, limits?: ReadLimits): TextArray {
  const { code, shape, fortranOrder, bigEndian, dataOffset } = parseNpyHeader(bytes, name);
  const size = textItemSize(code, name);
  checkDataBytes(name, shape, size, bytes.length - dataOffset);
  // A string costs some 30 bytes beside its characters.
  checkSize(name, valuesOf(shape) * (size + 32), limits);
  const values = npyText(bytes.subarray(dataOffset), code, bigEndian, valuesOf(shape), name);
  return { shape, values: fortranOrder ? rowMajor(values, shape) : values };
}

/** @throws UserError if the values of a shape take another number of bytes than there are */
export function checkDataBytes(name: string, shape: readonly number[], size: number, found: number): void {
  const expected = valuesOf(shape) * size;
  if (found === expected) return;
  throw new UserError(
    `${name} has ${found} bytes of values, but its shape [${shape.join(', ')}] with ${size} bytes each needs ${expected}. ` +
      `The file is ${found < expected ? 'cut short' : 'damaged'}; copy or export it again.`,
  );
}

/**
 * Header and values of an .npy file (version 1.0, little-endian, row-major); the values may share the memory of the array.
 *
 * @throws UserError if the shape does not fit the values, or the type cannot hold them; floats are rounded
 */
export function npyParts(array: ArrayToWrite, name: string): { header: Uint8Array; body: Uint8Array } {
  const { shape, data, dtype = dtypeOf(data) } = checkedShape(array, name);
  const code = Object.hasOwn(codes, dtype) ? codes[dtype] : '';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The values start at a multiple of 64 bytes, as numpy does it.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, 10, 'latin1');
  header[header.length - 1] = 0x0a;
  return { header, body: toRaw(data, dtype, name) };
}

const codes: Readonly<Record<DType, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};
