import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { UserError } from '../errors';
import type { ReadLimits } from '../formats/limits';
import { decodeNpy, decodeNpyText } from '../formats/npy';
import { openNpz } from '../formats/npz';
import type { NumericArray } from '../formats/numeric-array';
import { refuseUnsafe } from '../formats/pickle';
import { jsonSource } from './json-source';
import { memorySlices, missingArray, type SignalSource } from './signal-source';
import type { SignalFile } from './signal-set';
import { csvSource, parquetSource } from './table-source';

/**
 * Opens a file of signals by its ending: .npz, .csv, .tsv, .parquet, .json, or a folder of .npy files.
 *
 * @throws UserError if there is no such file, or it is of another kind
 */
export async function openSignals(path: string, limits: Required<ReadLimits>): Promise<SignalSource> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UserError(
      `There is no file ${path}. Check the name; a relative one counts from ${process.cwd()}.`,
    );
  }
  if (stats.isDirectory()) return npyFolderSource(path, limits);
  switch (extname(path).toLowerCase()) {
    case '.npz':
      return npzSource(path, limits);
    case '.csv':
      return csvSource(path, ',', limits);
    case '.tsv':
      return csvSource(path, '\t', limits);
    case '.parquet':
      return parquetSource(path, limits);
    case '.json':
      return jsonSource(path, limits.maxMemory);
    default:
      refuseUnsafe(path);
      throw new UserError(
        `${path} is of no kind that signals are read from. Known: .npz, .csv, .tsv, .parquet, .json, and a folder of ` +
          '.npy files with the names of the arrays.',
      );
  }
}

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
      return textOrNumbers(
        async () => (await file.readText(name)).values,
        () => file.read(name),
      );
    },
    close: () => file.close(),
  };
}

function npyFolderSource(path: string, limits: Required<ReadLimits>): SignalSource {
  const names = readdirSync(path)
    .filter((file) => file.endsWith('.npy'))
    .map((file) => basename(file, '.npy'));
  const bytes = (name: string): Uint8Array => {
    if (!names.includes(name)) throw missingArray(path, name, names);
    const file = join(path, `${name}.npy`);
    const { size } = statSync(file);
    if (size > limits.maxMemory) {
      throw new UserError(
        `${file} has ${size} bytes, more than --max-memory allows (${limits.maxMemory}). Store the arrays as npz, ` +
          'which is read piece by piece, or raise --max-memory.',
      );
    }
    return readFileSync(file);
  };
  return {
    path,
    names,
    async numbers(name) {
      const array = decodeNpy(bytes(name), join(path, `${name}.npy`), limits);
      const { dtype, shape } = array;
      return { dtype, shape, read: async () => array, slices: () => memorySlices(array) };
    },
    texts: (name) =>
      textOrNumbers(
        async () => decodeNpyText(bytes(name), join(path, `${name}.npy`)).values,
        async () => decodeNpy(bytes(name), join(path, `${name}.npy`), limits),
      ),
    close: () => undefined,
  };
}

/** Reads text, or numbers as text where the array holds numbers. The first error is the one to tell. */
async function textOrNumbers(
  text: () => Promise<readonly string[]>,
  numbers: () => Promise<NumericArray>,
): Promise<readonly string[]> {
  try {
    return await text();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const array = await numbers().catch(() => undefined);
    if (array === undefined) throw error;
    return Array.from(array.data, String);
  }
}

/** Size and checksum of a file, or of a folder of .npy files. */
export async function fingerprint(path: string): Promise<SignalFile> {
  if (!statSync(path).isDirectory()) {
    return { name: path, bytes: statSync(path).size, sha256: await fileSha256(path) };
  }
  const files = readdirSync(path)
    .filter((file) => file.endsWith('.npy'))
    .sort();
  const sums: string[] = [];
  let bytes = 0;
  for (const file of files) {
    sums.push(`${file} ${await fileSha256(join(path, file))}\n`);
    bytes += statSync(join(path, file)).size;
  }
  return { name: path, bytes, sha256: createHash('sha256').update(sums.join('')).digest('hex') };
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
