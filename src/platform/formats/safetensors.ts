import { UserError } from '../../errors';
import {
  bfloat16ToFloats,
  type DType,
  type NumericData,
  fromRaw,
  itemSize,
  memorySize,
  valuesOf,
} from './raw-values';
import { checkSize, type ReadLimits } from './limits';

/** An array with its shape, as a safetensors file holds it. */
export interface NamedArray {
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

export interface SafetensorsContent {
  readonly arrays: Readonly<Record<string, NamedArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const types = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof types;

const alignment = 8;
/** As in the format's own reader. */
const longestHeader = 1e8;

/** Writes arrays in the safetensors format (8-byte header length, JSON header, raw little-endian data). */
export function encodeSafetensors(content: SafetensorsContent): Buffer {
  return Buffer.concat(safetensorsParts(content));
}

/** The same bytes in pieces, the data uncopied: for files that are written often. */
export function safetensorsParts({ arrays, metadata }: SafetensorsContent): Uint8Array[] {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  // Widest elements first, so that each array starts at a multiple of its element size.
  const entries = Object.entries(arrays).sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  for (const [name, { data, shape }] of entries) {
    header[name] = { dtype: typeName(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const padded = text.padEnd(
    Math.ceil(Buffer.byteLength(text) / alignment) * alignment - Buffer.byteLength(text) + text.length,
  );
  const headerBytes = Buffer.from(padded, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(headerBytes.length));
  const raw = entries.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return [length, headerBytes, ...raw];
}

/** Types that are read; those that `NamedArray` does not have are widened. */
const readTypes: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  I16: 'int16',
  U16: 'uint16',
  I32: 'int32',
  U32: 'uint32',
  I64: 'int64',
  U64: 'uint64',
  F16: 'float16',
  // The upper half of a float32.
  BF16: 'float16',
  F32: 'float32',
  F64: 'float64',
};

export interface SafetensorsOptions {
  readonly limits?: ReadLimits;
  /** What to do about a damaged file, as a sentence. */
  readonly remedy?: string;
}

/**
 * Reads what `encodeSafetensors` or any other writer made. F16 and BF16 become float32, I8, I16 and U16 int32, U32, I64
 * and U64 float64 (where every value is exact), BOOL uint8.
 *
 * @param what the file's name, for the message
 * @throws UserError if lengths, offsets, shapes or types do not fit together, arrays overlap or leave gaps, or the
 *   numbers are larger than the limits
 */
export function decodeSafetensors(
  file: Uint8Array,
  what: string,
  { limits, remedy = 'Delete it, and it will be made again.' }: SafetensorsOptions = {},
): SafetensorsContent {
  const fail = (why: string): never => {
    throw new UserError(`${what} is no whole safetensors file: ${why}. ${remedy}`);
  };
  if (file.length < 8) fail(`it has ${file.length} bytes`);
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > file.length - 8) fail(`its header would have ${headerLength} bytes, more than the file`);
  if (headerLength > longestHeader)
    fail(`its header has ${headerLength} bytes, but ${longestHeader} are the most`);
  const { metadata, entries } = parseHeader(bytes.subarray(8, 8 + headerLength), fail);
  const body = file.subarray(8 + headerLength);
  let expectedStart = 0;
  let memory = 0;
  for (const [name, entry] of entries) {
    const [start, end] = entry.data_offsets;
    const dtype = Object.hasOwn(readTypes, entry.dtype) ? readTypes[entry.dtype] : undefined;
    if (dtype === undefined) return fail(`array ${name} has type ${entry.dtype}, which is not read`);
    const needed = valuesOf(entry.shape) * itemSize[dtype];
    if (start !== expectedStart) fail(`array ${name} starts at ${start}, not at ${expectedStart}`);
    if (end - start !== needed) fail(`array ${name} has ${end - start} bytes, but its shape needs ${needed}`);
    if (end > body.length) fail(`array ${name} ends behind the file`);
    expectedStart = end;
    memory += valuesOf(entry.shape) * Math.max(memorySize(dtype), 4);
  }
  if (expectedStart !== body.length) fail(`${body.length - expectedStart} bytes follow the last array`);
  checkSize(what, memory, limits);
  const arrays = entries.map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      // A copy: the file's bytes need not lie at a multiple of the element size.
      const copy = new Uint8Array(body.subarray(start, end));
      return [name, { data: numbers(copy, dtype, `array ${name} of ${what}`), shape }] as const;
    },
  );
  // Not by assignment, which an array named __proto__ would abuse.
  return { arrays: Object.fromEntries(arrays), metadata };
}

function numbers(bytes: Uint8Array, dtype: string, what: string): NamedArray['data'] {
  if (dtype === 'BF16') return bfloat16ToFloats(new Uint16Array(bytes.buffer));
  const data: NumericData = fromRaw(bytes, readTypes[dtype], false, what);
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array) {
    return Int32Array.from(data);
  }
  return data instanceof Uint32Array ? Float64Array.from(data) : data;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly entries: readonly (readonly [string, HeaderEntry])[];
}

function parseHeader(bytes: Buffer, fail: (why: string) => never): Header {
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8'));
  } catch {
    return fail('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return fail('its header is no object');
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  if (!isTextRecord(metadata)) return fail('its metadata is not as the format asks');
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) return fail(`the entry of array ${name} is not as the format asks`);
  }
  const sorted = Object.entries(entries as Record<string, HeaderEntry>).sort(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  );
  return { metadata, entries: sorted };
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}

function isEntry(entry: unknown): entry is HeaderEntry {
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((v) => Number.isSafeInteger(v) && v >= 0);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
  return typeof dtype === 'string' && whole(shape) && whole(offsets) && offsets.length === 2;
}

function typeName(data: NamedArray['data']): TypeName {
  const found = (Object.keys(types) as TypeName[]).find((name) => data instanceof types[name]);
  if (found === undefined) throw new Error('unsupported array type');
  return found;
}
