import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { UserError } from '../errors';
import type { ReadLimits } from '../platform/formats/limits';
import { openNpz } from '../platform/formats/npz';
import { hashFile, refuseUnsafe } from '../platform/formats/read-file';
import { jsonLinesSource, jsonSource } from './json-source';
import { npyFiles, npyFolderSource } from './npy-folder-source';
import { modelFolders, modelFoldersSource, type ReadFolder } from './model-folders';
import type { SignalFile } from './signal-set';
import { missingArray, type SignalSource } from './signal-source';
import { leakProFiles, leakProSource, privacyMeterFiles, privacyMeterSource } from './tool-folders';
import { csvSource, parquetSource } from './table-arrays';

/**
 * Opens a file of signals by its ending: .npz, .csv, .tsv, .parquet, .json, a folder of .npy files, one of folders with
 * keep.npy (`model-folders.ts`), or one that another tool left (`tool-folders.ts`).
 *
 * @throws UserError if there is no such file, or it is of another kind
 */
export async function openSignals(path: string, limits: Required<ReadLimits>): Promise<ReadFolder> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UserError(
      `There is no file ${path}. Check the name; a relative one counts from ${process.cwd()}.`,
    );
  }
  if (
    stats.isDirectory() &&
    npyFiles(path).every((file) => !(signalFiles as readonly string[]).includes(file))
  ) {
    const folders = modelFolders(path);
    if (folders.length > 0) return modelFoldersSource(path, folders, limits);
    const meter = privacyMeterFiles(path);
    if (meter !== null) return privacyMeterSource(path, meter, limits);
  }
  const cached = stats.isDirectory() ? leakProFiles(path) : [];
  if (cached.length > 0) return leakProSource(path, cached, limits);
  if (stats.isDirectory()) return { source: npyFolderSource(path, limits), notes: [] };
  return { source: await openFileOfSignals(path, limits), notes: [] };
}

async function openFileOfSignals(path: string, limits: Required<ReadLimits>): Promise<SignalSource> {
  switch (extname(path).toLowerCase()) {
    case '.npz':
      return npzSource(path, limits);
    case '.csv':
    case '.tsv':
    case '.txt':
      return csvSource(path, limits);
    case '.parquet':
      return parquetSource(path, limits);
    case '.json':
      return jsonSource(path, limits);
    case '.jsonl':
    case '.ndjson':
      return jsonLinesSource(path, limits);
    default:
      refuseUnsafe(path);
      throw new UserError(
        `${path} is of no kind that signals are read from. Known: .npz, .csv, .tsv, .parquet, .json, .jsonl, and a folder of ` +
          '.npy files with the names of the arrays.',
      );
  }
}

const signalFiles = ['logits.npy', 'probabilities.npy', 'members.npy'] as const;

async function npzSource(path: string, limits: ReadLimits): Promise<SignalSource> {
  const file = await openNpz(path, limits);
  const has = (name: string): void => {
    if (!file.names.includes(name)) throw missingArray(path, name, file.names);
  };
  return {
    path,
    names: file.names,
    async numbers(name) {
      has(name);
      const { dtype, shape } = await file.header(name);
      return { dtype, shape, read: () => file.read(name), slices: () => file.slices(name) };
    },
    async texts(name) {
      has(name);
      return (await file.holds(name)) === 'numbers'
        ? Array.from((await file.read(name)).data, String)
        : (await file.readText(name)).values;
    },
    close: () => file.close(),
  };
}

/** Size and checksum of a file, or of a folder of .npy files. */
export async function fingerprint(path: string): Promise<Omit<SignalFile, 'models'>> {
  if (!statSync(path).isDirectory()) {
    return { name: path, bytes: statSync(path).size, sha256: await fileSha256(path) };
  }
  const below = [
    ...modelFolders(path).flatMap((folder) => npyFiles(folder).map((file) => join(basename(folder), file))),
    ...(privacyMeterFiles(path) ?? []).map((file) => relative(path, file)),
  ];
  const sums: string[] = [];
  let bytes = 0;
  for (const file of [...npyFiles(path), ...below]) {
    sums.push(`${file} ${await fileSha256(join(path, file))}\n`);
    bytes += statSync(join(path, file)).size;
  }
  return { name: path, bytes, sha256: createHash('sha256').update(sums.join('')).digest('hex') };
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await hashFile(path, [hash]);
  return hash.digest('hex');
}
