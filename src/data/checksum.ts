import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { hashFile } from '../platform/formats/read-file';
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
