import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../errors';

/**
 * Writes a file whole or not at all: under a temporary name, then renamed. A device or a pipe, such as /dev/null or
 * /dev/stdout, is written into, since a file must not take its place.
 *
 * @throws UserError if the folder is not writable, the disk is full, or nobody reads the pipe
 */
export function writeFileWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(path));
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind !== undefined && !kind.isFile() && !kind.isDirectory()) {
      // Opening a pipe that nobody reads would wait for ever.
      if (kind.isFIFO()) closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
      writeFileSync(path, content);
      return;
    }
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw explainedWriteError(path, error);
  }
}

/**
 * Makes the folder of a file that will be written later, so that a place that cannot be had is told of before the work.
 *
 * @throws UserError as `writeFileWhole`
 */
export function makeFolderFor(path: string): void {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw explainedWriteError(path, error);
  }
  if (isFolder(path)) {
    throw new UserError(
      `${path} cannot be written: it is a folder, and a file is needed. Choose another path.`,
    );
  }
}

/** `force` forgives a missing file, but not a path through something that is no folder; the first error tells more. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing was written there.
  }
}

/**
 * Makes a folder and those above it, one by one: Node's own recursive form never returns below /proc and the like.
 *
 * @throws the system's error for the first folder that cannot be made
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(path)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Turns the system's error codes into what failed, why, and what to do. Other errors come back as they are. */
export function explainedWriteError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        `${path} cannot be written: the disk is full. Free some space and run the same command again; finished runs are kept.`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
      return new UserError(
        `${path} cannot be written: its folder is not writable (${code}). Choose another folder with --out, or change its permissions.`,
      );
    case 'ENXIO':
      return new UserError(
        `${path} cannot be written: it is a pipe that nobody reads. Start its reader first.`,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(
        `${path} cannot be written: a part of that path is a file, but it must be a folder. Choose another folder with --out.`,
      );
    default:
      return error;
  }
}

/** Whether a process of this machine runs, also one of somebody else: a file that carries its number may still be written. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
