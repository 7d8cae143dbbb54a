import type { Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  type Stats,
} from 'node:fs';
import { extname } from 'node:path';
import { UserError } from '../../errors';
import { parseJson } from './json-text';
import { shownBytes, type ReadLimits, maxMemory } from './limits';

export interface OpenFile {
  readonly fd: number;
  readonly size: number;
}

/**
 * Opens a file for reading.
 *
 * @throws UserError if there is none, it is a folder, a pipe or a device, or may not be read
 */
export function openFile(path: string): OpenFile {
  let fd: number;
  try {
    // Before it is opened: to open a pipe waits for its other end, and a device may do anything.
    refuseOtherKinds(path, statSync(path));
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw explainedReadError(path, error);
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, size: stats.size };
  closeSync(fd);
  throw otherKind(path, stats);
}

/** @throws UserError unless it is an ordinary file */
function refuseOtherKinds(path: string, stats: Stats): void {
  if (!stats.isFile()) throw otherKind(path, stats);
}

function otherKind(path: string, stats: Stats): UserError {
  if (stats.isDirectory()) {
    return new UserError(`${path} is a folder, but a file is needed. Name a file in it.`);
  }
  const kind = stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  return new UserError(
    `${path} is ${kind}, no ordinary file. Write what comes out of it into a file, and name that.`,
  );
}

/** Turns the system's error codes into what failed and what to do. Other errors come back as they are. */
export function explainedReadError(path: string, error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(
        `There is no file ${path}. Check the name; a relative one counts from ${process.cwd()}.`,
      );
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${path} may not be read. Change its permissions.`);
    case 'EIO':
      return new UserError(`${path} cannot be read: the disk reports an error. Copy the file again.`);
    default:
      return error;
  }
}

/**
 * Reads a whole file.
 *
 * @throws UserError if there is none, or it is larger than the limits
 */
export function readBytes(path: string, limits?: ReadLimits): Uint8Array {
  const { fd, size } = openFile(path);
  try {
    checkFileSize(path, size, limits);
    return readFileSync(fd);
  } catch (error) {
    throw explainedReadError(path, error);
  } finally {
    closeSync(fd);
  }
}

/** Node reads no file beyond this at once. */
const wholeFileLimit = 2 ** 31 - 1;
/** V8 has no longer strings. */
const textLimit = 2 ** 29 - 24;

function checkFileSize(path: string, size: number, limits: ReadLimits | undefined): void {
  const limit = Math.min(maxMemory(limits), wholeFileLimit);
  if (size <= limit) return;
  throw new UserError(
    `${path} has ${shownBytes(size)}, but files of its kind are read whole, and the limit is ${shownBytes(limit)}. ` +
      `${limit < wholeFileLimit ? 'Raise it with --max-memory (maxMemory in code), or store' : 'Store'} the arrays as npz, ` +
      'which is read piece by piece.',
  );
}

/**
 * Reads a JSON file.
 *
 * @throws UserError if there is none, it is larger than the limits (a value takes several times its text), or no JSON
 */
export function readJson(path: string, limits?: ReadLimits): unknown {
  return parseJson(readText(path, limits), path);
}

/**
 * Reads a file of text in UTF-8.
 *
 * @throws UserError if there is none, it is larger than the limits, or no UTF-8
 */
export function readText(path: string, limits?: ReadLimits): string {
  const bytes = readBytes(path, { maxMemory: Math.min(maxMemory(limits) / 4, textLimit) });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is no UTF-8 text. Save it as UTF-8.`);
  }
}

/**
 * Room for a size that was checked against the limits.
 *
 * @throws UserError if the machine has not that much
 */
export function allocate(bytes: number, what: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new UserError(
      `${what} needs ${shownBytes(bytes)} of memory at once, more than this machine or Node.js gives. ` +
        'Store it in smaller parts.',
    );
  }
}

/**
 * Reads a file once, in pieces, into all the hashes.
 *
 * @throws UserError if there is no such file, or it may not be read
 */
export async function hashFile(path: string, hashes: readonly Hash[]): Promise<void> {
  for await (const chunk of createReadStream(path, { fd: openFile(path).fd, highWaterMark: 2 ** 20 })) {
    for (const hash of hashes) hash.update(chunk as Buffer);
  }
}

const torch =
  "In Python: d = torch.load(path, weights_only=True), then numpy.savez('x.npz', **{k: v.numpy() for k, v in d.items()}) " +
  "for arrays, or safetensors.torch.save_file(d, 'x.safetensors') for weights";
const pickled =
  "Where you trust it, in Python: d = pickle.load(open(path, 'rb')), then numpy.savez('x.npz', **{name: array}) for the arrays";

const conversions: Readonly<Record<string, string>> = {
  '.pt': torch,
  '.pth': torch,
  '.ckpt': torch,
  '.bin': torch,
  '.pkl': pickled,
  '.pickle': pickled,
  '.p': pickled,
  '.joblib':
    "Where you trust it, in Python: d = joblib.load(path), then numpy.savez('x.npz', **{name: array}) for the arrays",
};

/**
 * Refuses files that can run code when they are loaded (pickles and what contains them), with the way to convert them.
 * Does nothing for other files.
 *
 * @throws UserError by the ending of the name
 */
export function refuseUnsafe(path: string): void {
  const ending = extname(path).toLowerCase();
  if (!Object.hasOwn(conversions, ending)) return;
  throw new UserError(
    `${path} is never read: files that end in ${ending} are or contain Python pickles, which run code when they are ` +
      `loaded. ${conversions[ending]}.`,
  );
}
