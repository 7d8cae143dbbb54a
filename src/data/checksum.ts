import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { hashFile } from '../formats/read-file';
import type { SourceFile } from './dataset-definition';

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
  const published = publishedChecksum(file);
  const { size } = await stat(path);
  if (file.bytes !== undefined && size !== file.bytes && !file.isPackedByAnyone)
    throw wrongSize(path, size, file.bytes);
  if (published === undefined) return undefined;
  const { algorithm, value } = published;
  const found = (await digestFile(path, [algorithm]))[algorithm];
  if (found !== value && file.isPackedByAnyone) return ownPacking;
  if (found !== value) throw wrongChecksum(path, algorithm, found, value);
  return `${checksumNames[algorithm]} ${value}`;
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

function wrongSize(path: string, size: number, expected: number): UserError {
  const why = size < expected ? 'it is not whole' : 'it is not the published file';
  return new UserError(
    `${path} has ${size} bytes, but the published file has ${expected}: ${why}. ${remedy}.`,
  );
}

function wrongChecksum(path: string, algorithm: Algorithm, found: string, expected: string): UserError {
  return new UserError(
    `${path} has ${checksumNames[algorithm]} ${found}, but ${expected} is published: it is broken or not the published file. ${remedy}.`,
  );
}
