import { createWriteStream, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { UserError } from '../../errors';
import { unknownName } from '../../options';
import { checkSize, type ReadLimits } from './limits';
import type { MemberBytes } from './member-bytes';
import {
  checkDataBytes,
  decodeNpyText,
  npyParts,
  type ArrayToWrite,
  type NpyHeader,
  type TextArray,
} from './npy';
import { holdsOf, npyHeaderRoom, numericHeader, parseNpyHeader, type RawHeader } from './npy-header';
import { textItemSize } from './npy-text';
import {
  type NumericArray,
  type NumericData,
  fromRaw,
  itemSize,
  memorySize,
  rowMajor,
  valuesOf,
} from './raw-values';
import { allocate } from './read-file';
import { explainedWriteError, makeFolder, removeQuietly } from './write-file';
import { openZip, type OpenZip, type ZipEntry } from './zip-file';

/** An open .npz file: names at once, headers and arrays on demand. Close it at the end. */
export interface NpzFile {
  readonly path: string;
  /** Names of the arrays, without .npy, in the order of the file. */
  readonly names: readonly string[];
  /** @throws UserError if there is no such array, or it is damaged */
  holds(name: string): Promise<'numbers' | 'text' | 'other'>;
  /** @throws UserError if there is no such array, it holds no numbers, or its checksum is wrong */
  header(name: string): Promise<NpyHeader>;
  /** @throws UserError if there is no such array of numbers, it is damaged, or larger than the limits */
  read(name: string): Promise<NumericArray>;
  /** @throws UserError if there is no such array of text, it is damaged, or larger than the limits */
  readText(name: string): Promise<TextArray>;
  /**
   * Slices along the first axis one after the other, decoded; only one is in memory at a time, unless the array is in
   * Fortran order, which is read whole.
   *
   * @throws UserError as `read` does; the limits hold for one slice
   */
  slices(name: string): AsyncIterable<NumericArray>;
  close(): void;
}

/**
 * Opens an .npz file (numpy's savez or savez_compressed, zip64 too) and checks its directory; no array is read yet.
 *
 * @throws UserError if it is no zip archive, or holds no arrays
 */
export async function openNpz(path: string, limits?: ReadLimits): Promise<NpzFile> {
  const zip = await openZip(path, limits);
  const arrays = new Map<string, ZipEntry>();
  for (const entry of zip.entries.values()) {
    if (entry.name.endsWith('.npy')) arrays.set(entry.name.slice(0, -'.npy'.length), entry);
  }
  if (arrays.size === 0 && zip.entries.size > 0) {
    zip.close();
    throw noArrays(path, [...zip.entries.keys()]);
  }
  return new OpenNpz(zip, arrays, limits);
}

function noArrays(path: string, names: readonly string[]): UserError {
  const isTorch = names.some((name) => /(^|\/)data\.pkl$/.test(name));
  const found = `Its members are ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}.`;
  return new UserError(
    `${path} is a zip archive without .npy arrays. ${found} ` +
      (isTorch
        ? 'It is a file of torch.save, which could run code and is never read: store arrays with numpy.savez instead.'
        : 'Store arrays with numpy.savez.'),
  );
}

/** Bytes that are decoded at a time where numbers are wider or narrower in memory than in the file. */
const pieceBytes = 2 ** 23;

class OpenNpz implements NpzFile {
  readonly path: string;
  readonly names: readonly string[];
  private readonly headers = new Map<string, RawHeader>();

  constructor(
    private readonly zip: OpenZip,
    private readonly arrays: ReadonlyMap<string, ZipEntry>,
    private readonly limits: ReadLimits | undefined,
  ) {
    this.path = zip.path;
    this.names = [...arrays.keys()];
  }

  async holds(name: string): Promise<'numbers' | 'text' | 'other'> {
    return holdsOf(await this.rawHeader(name));
  }

  async header(name: string): Promise<NpyHeader> {
    const header = numericHeader(await this.rawHeader(name), this.where(name));
    const { dtype, shape, dataOffset } = header;
    checkDataBytes(this.where(name), shape, itemSize[dtype], this.entry(name).size - dataOffset);
    return header;
  }

  async read(name: string): Promise<NumericArray> {
    const header = await this.header(name);
    const { dtype, shape, fortranOrder } = header;
    const copies = fortranOrder && shape.length > 1 ? 2 : 1;
    checkSize(this.where(name), copies * valuesOf(shape) * memorySize(dtype), this.limits);
    const bytes = await this.valuesFrom(name, header);
    try {
      const data = await this.take(bytes, header, valuesOf(shape), name, 0);
      await bytes.finish();
      return { dtype, shape, data: fortranOrder ? rowMajor(data, shape) : data };
    } finally {
      bytes.close();
    }
  }

  async readText(name: string): Promise<TextArray> {
    const where = this.where(name);
    const { code, shape, dataOffset } = await this.rawHeader(name);
    const { size } = this.entry(name);
    checkDataBytes(where, shape, textItemSize(code, where), size - dataOffset);
    checkSize(where, size, this.limits);
    const bytes = await this.zip.bytes(this.entry(name));
    try {
      const all = allocate(size, where);
      await bytes.fill(all);
      await bytes.finish();
      return decodeNpyText(all, where, this.limits);
    } finally {
      bytes.close();
    }
  }

  async *slices(name: string): AsyncIterable<NumericArray> {
    const header = await this.header(name);
    const { dtype, shape, fortranOrder } = header;
    if (shape.length === 0) {
      throw new UserError(
        `${this.where(name)} is a single number, but an array with at least one axis is needed.`,
      );
    }
    const inner = shape.slice(1);
    const length = valuesOf(inner);
    if (fortranOrder && shape.length > 1) {
      const { data } = await this.read(name);
      for (let i = 0; i < shape[0]; i++) {
        yield { dtype, shape: inner, data: data.slice(i * length, (i + 1) * length) };
      }
      return;
    }
    checkSize(`A slice of ${this.where(name)}`, length * memorySize(dtype), this.limits);
    const bytes = await this.valuesFrom(name, header);
    try {
      for (let i = 0; i < shape[0]; i++) {
        yield { dtype, shape: inner, data: await this.take(bytes, header, length, name, i * length) };
      }
      await bytes.finish();
    } finally {
      bytes.close();
    }
  }

  close(): void {
    this.zip.close();
  }

  private where(name: string): string {
    return `${name} in ${this.path}`;
  }

  private entry(name: string): ZipEntry {
    const entry = this.arrays.get(name);
    if (entry === undefined) throw unknownName(`array of ${this.path}`, name, this.names);
    return entry;
  }

  private async rawHeader(name: string): Promise<RawHeader> {
    const known = this.headers.get(name);
    if (known !== undefined) return known;
    const entry = this.entry(name);
    const bytes = await this.zip.bytes(entry);
    try {
      const start = new Uint8Array(Math.min(entry.size, npyHeaderRoom));
      await bytes.fill(start);
      await this.checkRest(bytes, entry.size - start.length);
      const header = parseNpyHeader(start, this.where(name));
      this.headers.set(name, header);
      return header;
    } finally {
      bytes.close();
    }
  }

  /**
   * Reads a member to its end for its checksum before anything in it is believed: whoever takes slices may stop early,
   * and a damaged value would be blamed on the model.
   */
  private async checkRest(bytes: MemberBytes, size: number): Promise<void> {
    const piece = new Uint8Array(Math.min(size, pieceBytes));
    for (let left = size; left > 0; left -= piece.length) {
      await bytes.fill(piece.subarray(0, Math.min(left, piece.length)));
    }
    await bytes.finish();
  }

  /** The member, with its header already taken. */
  private async valuesFrom(name: string, { dataOffset }: NpyHeader): Promise<MemberBytes> {
    const bytes = await this.zip.bytes(this.entry(name));
    await bytes.fill(new Uint8Array(dataOffset));
    return bytes;
  }

  /** The next `count` numbers. */
  private async take(
    bytes: MemberBytes,
    { dtype, bigEndian }: NpyHeader,
    count: number,
    name: string,
    first: number,
  ): Promise<NumericData> {
    const where = this.where(name);
    const size = itemSize[dtype];
    const asStored = !bigEndian && !['float16', 'int64', 'uint64'].includes(dtype);
    if (asStored || count * size <= pieceBytes) {
      const raw = allocate(count * size, where);
      await bytes.fill(raw);
      return fromRaw(raw, dtype, bigEndian, where, first);
    }
    const piece = pieceBytes / size;
    const Type = fromRaw(new Uint8Array(0), dtype, false, where).constructor as new (
      b: ArrayBufferLike,
    ) => NumericData;
    const all = new Type(allocate(count * memorySize(dtype), where).buffer);
    for (let done = 0; done < count; done += piece) {
      const raw = new Uint8Array(Math.min(piece, count - done) * size);
      await bytes.fill(raw);
      all.set(fromRaw(raw, dtype, bigEndian, where, first + done), done);
    }
    return all;
  }
}

/** The time that the members bear, so that the same arrays make the same bytes; zip's own beginning. */
const fixedTime = new Date(1980, 0, 1);
const chunkBytes = 2 ** 20;

/**
 * Writes arrays as an .npz file that numpy.load reads, whole or not at all. The same arrays give the same bytes.
 *
 * @param options `compress` deflates the arrays (numpy's savez_compressed)
 * @throws UserError if shape, type and values of an array do not fit together, or the file cannot be written
 */
export async function writeNpz(
  path: string,
  arrays: Readonly<Record<string, ArrayToWrite>>,
  options: { readonly compress?: boolean } = {},
): Promise<void> {
  const zip = new ZipFile();
  const problem = new Promise<never>((_, reject) => zip.on('error', reject));
  for (const [name, array] of Object.entries(arrays)) {
    const { header, body } = npyParts(array, name);
    zip.addReadStreamLazy(
      `${name}.npy`,
      {
        mtime: fixedTime,
        forceDosTimestamp: true,
        mode: 0o100644,
        compress: options.compress === true,
        size: header.length + body.length,
      },
      (take) => take(null, Readable.from(pieces(header, body))),
    );
  }
  zip.end();
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(path));
    await Promise.race([pipeline(zip.outputStream, createWriteStream(temporary)), problem]);
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw explainedWriteError(path, error);
  }
}

function* pieces(header: Uint8Array, body: Uint8Array): Iterable<Buffer> {
  yield Buffer.from(header.buffer, header.byteOffset, header.length);
  for (let start = 0; start < body.length; start += chunkBytes) {
    const { buffer, byteOffset, length } = body.subarray(start, start + chunkBytes);
    yield Buffer.from(buffer, byteOffset, length);
  }
}
