import { createHash, type Hash } from 'node:crypto';
import type { ImageShape, SourceFile } from './dataset';
import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { hashFile } from '../platform/formats/read-file';

/** How features are kept in a file: 8 zeros and ones a byte, or as they are. */
export type Packing = 'bits' | 'uint8' | 'float32';

/** Features and labels as raw bytes (little-endian), the same for equal records whatever they were read from. */
export interface PackedContent {
  readonly packing: Packing;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

export function packContent({ x, y }: { x: Uint8Array | Float32Array; y: Int32Array }): PackedContent {
  const labels = new Uint8Array(y.buffer, y.byteOffset, y.byteLength);
  if (x instanceof Float32Array) {
    return { packing: 'float32', x: new Uint8Array(x.buffer, x.byteOffset, x.byteLength), y: labels };
  }
  return isBinary(x) ? { packing: 'bits', x: packBits(x), y: labels } : { packing: 'uint8', x, y: labels };
}

/** SHA-256 of shape, features and labels, hex: the identity of a data set that comes in several layouts. */
export function contentHash(
  { packing, x, y }: PackedContent,
  shape: { records: number; features: number; classes: number; image?: ImageShape },
): string {
  const { records, features, classes, image } = shape;
  const pixels = image === undefined ? '' : ` ${image.height}x${image.width}x${image.channels}`;
  const head = `ccl-lab records ${records} ${features} ${classes} ${packing}${pixels}\n`;
  const hash = createHash('sha256').update(head);
  // One update takes at most 2 GiB.
  for (const bytes of [x, y]) {
    for (let at = 0; at < bytes.length; at += 2 ** 28) hash.update(bytes.subarray(at, at + 2 ** 28));
  }
  return hash.digest('hex');
}

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

/** Size and checksums of a file, hex. */
export interface FileDigest {
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
  /** Id as a git blob. */
  readonly gitBlob: string;
}

type Algorithm = 'md5' | 'sha256' | 'gitBlob';

/** Which checksum a file is compared by, and the value; undefined if its publisher states none. */
export function publishedChecksum(file: SourceFile): { algorithm: Algorithm; value: string } | undefined {
  const algorithm = (['sha256', 'md5', 'gitBlob'] as const).find((name) => file[name] !== undefined);
  return algorithm === undefined ? undefined : { algorithm, value: file[algorithm]! };
}

/** Reads a file once and gives the checksums asked for; the others are empty. */
export async function digestFile(
  path: string,
  algorithms: readonly Algorithm[] = ['md5', 'sha256', 'gitBlob'],
): Promise<FileDigest> {
  const { size } = await stat(path);
  const hashes = algorithms.map((name): [Algorithm, Hash] => [name, startHash(name, size)]);
  await hashFile(
    path,
    hashes.map(([, hash]) => hash),
  );
  const digests = Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  return { bytes: size, md5: '', sha256: '', gitBlob: '', ...digests };
}

function startHash(name: Algorithm, size: number): Hash {
  if (name !== 'gitBlob') return createHash(name);
  return createHash('sha1').update(`blob ${size}\0`);
}

/**
 * Compares a file with what its publisher states.
 *
 * @returns the checksum that was compared; `ownPacking` if it is another one and anybody may pack such a file; undefined
 *   if none is stated
 * @throws UserError if size or checksum differ, with both values
 */
export async function checkPublished(path: string, file: SourceFile): Promise<string | undefined> {
  const fault = await faultOf(path, file);
  if (fault !== null) throw new UserError(`${path} ${fault}. ${remedy}.`);
  const published = publishedChecksum(file);
  if (published === undefined) return undefined;
  const { algorithm, value } = published;
  if (file.isPackedByAnyone === true && (await digestFile(path, [algorithm]))[algorithm] !== value) {
    return ownPacking;
  }
  return `${checksumNames[algorithm]} ${value}`;
}

/** What is wrong with a file beside the published one, e.g. «has 3 bytes, but ...»; null if nothing is. */
export async function faultOf(path: string, file: SourceFile): Promise<string | null> {
  const { size } = await stat(path);
  if (file.isPackedByAnyone) return null;
  if (file.bytes !== undefined && size !== file.bytes) {
    const why = size < file.bytes ? 'it is not whole' : 'it is not the published file';
    return `has ${size} bytes, but the published file has ${file.bytes}: ${why}`;
  }
  const published = publishedChecksum(file);
  if (published === undefined) return null;
  const { algorithm, value } = published;
  const found = (await digestFile(path, [algorithm]))[algorithm];
  if (found === value) return null;
  return `has ${checksumNames[algorithm]} ${found}, but ${value} is published: it is broken or not the published file`;
}

/** Stands where a checksum would. */
export const ownPacking = 'no published checksum matches: your own packing';

export const checksumNames: Record<Algorithm, string> = {
  md5: 'MD5',
  sha256: 'SHA-256',
  gitBlob: 'git blob id',
};

const remedy =
  'Delete it and fetch it again (`npx ccl data fetch`); a file that you packed yourself should be extracted instead';
