import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { UserError } from '../errors';
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
    fd = openSync(path, 'r');
  } catch (error) {
    throw explainedReadError(path, error);
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, size: stats.size };
  closeSync(fd);
  throw new UserError(
    `${path} is ${stats.isDirectory() ? 'a folder' : 'no ordinary file'}, but a file is needed.`,
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
  const bytes = readBytes(path, { maxMemory: Math.min(maxMemory(limits) / 4, textLimit) });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new UserError(`${path} is no JSON: ${(error as Error).message}. Correct it, or make it again.`);
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
