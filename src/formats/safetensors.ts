import { UserError } from '../errors';

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

/** Writes arrays in the safetensors format (8-byte header length, JSON header, raw little-endian data). */
export function encodeSafetensors({ arrays, metadata }: SafetensorsContent): Buffer {
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
  return Buffer.concat([length, headerBytes, ...raw]);
}

/**
 * Reads what `encodeSafetensors` or any other writer made.
 *
 * @param what the file's name, for the message
 * @throws UserError if lengths, offsets, shapes or types do not fit together
 */
export function decodeSafetensors(file: Buffer, what: string): SafetensorsContent {
  const fail = (why: string): never => {
    throw new UserError(
      `${what} is no whole safetensors file: ${why}. Delete it, and it will be made again.`,
    );
  };
  if (file.length < 8) fail(`it has ${file.length} bytes`);
  const headerLength = Number(file.readBigUInt64LE(0));
  if (headerLength > file.length - 8) fail(`its header would have ${headerLength} bytes, more than the file`);
  const header = parseHeader(file.subarray(8, 8 + headerLength), fail);
  const { __metadata__: metadata = {}, ...entries } = header;
  const body = file.subarray(8 + headerLength);
  const arrays: Record<string, NamedArray> = {};
  let expectedStart = 0;
  for (const [name, entry] of Object.entries(entries).sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0],
  )) {
    const {
      dtype,
      shape,
      data_offsets: [start, end],
    } = entry;
    const Type = types[dtype as TypeName] ?? fail(`array ${name} has type ${dtype}`);
    const bytes = shape.reduce((product, size) => product * size, Type.BYTES_PER_ELEMENT);
    if (start !== expectedStart) fail(`array ${name} starts at ${start}, not at ${expectedStart}`);
    if (end - start !== bytes) fail(`array ${name} has ${end - start} bytes, but its shape needs ${bytes}`);
    if (end > body.length) fail(`array ${name} ends behind the file`);
    // A copy: the file's bytes need not lie at a multiple of the element size.
    const copy = new Uint8Array(body.subarray(start, end));
    arrays[name] = { data: new Type(copy.buffer), shape };
    expectedStart = end;
  }
  if (expectedStart !== body.length) fail(`${body.length - expectedStart} bytes follow the last array`);
  return { arrays, metadata: metadata as Record<string, string> };
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, HeaderEntry> & { __metadata__?: unknown };

function parseHeader(bytes: Buffer, fail: (why: string) => never): Header {
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8'));
  } catch {
    return fail('its header is no JSON');
  }
  if (typeof header !== 'object' || header === null) return fail('its header is no object');
  for (const [name, entry] of Object.entries(header as Record<string, Partial<HeaderEntry>>)) {
    if (name === '__metadata__') continue;
    const whole = (list: unknown): boolean =>
      Array.isArray(list) && list.every((v) => Number.isInteger(v) && v >= 0);
    if (!whole(entry?.shape) || !whole(entry?.data_offsets) || entry?.data_offsets?.length !== 2) {
      return fail(`the entry of array ${name} is not as the format asks`);
    }
  }
  return header as Header;
}

function typeName(data: NamedArray['data']): TypeName {
  const found = (Object.keys(types) as TypeName[]).find((name) => data instanceof types[name]);
  if (found === undefined) throw new Error('unsupported array type');
  return found;
}
