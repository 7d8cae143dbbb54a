import {
  closeSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  writev,
  writevSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explainedWriteError, isAlive, makeFolder, removeQuietly } from './write-file';
import { MessageChannel } from 'node:worker_threads';

/**
 * A file that is written again and again, whole each time: under a temporary name, then renamed. The version before the
 * last one is kept under the temporary name and overwritten in place, which costs a tenth of a fresh file, whose pages the
 * system must find and clear. Not for readers that have it open meanwhile.
 *
 * A process may be killed at any moment: the file is then as last renamed. It is not forced to the disk, so that a power
 * failure may lose it.
 */
export class RecycledFile {
  private readonly spare: string;
  private readonly previous: string;

  /** Removes what killed processes left beside the file. */
  constructor(readonly path: string) {
    this.spare = `${path}.${process.pid}.tmp`;
    this.previous = `${path}.${process.pid}.old`;
    removeLeftovers(path);
  }

  /** @throws UserError if the folder is not writable or the disk is full; the file is then as before */
  write(parts: readonly Uint8Array[]): void {
    try {
      makeFolder(dirname(this.path));
      writeInto(this.spare, parts);
      this.takePlace();
    } catch (error) {
      this.close();
      throw explainedWriteError(this.path, error);
    }
  }

  /** The same in the background. The parts must not change meanwhile, and only one write may be under way. */
  async writeInBackground(parts: readonly Uint8Array[]): Promise<void> {
    try {
      makeFolder(dirname(this.path));
      const descriptor = openToOverwrite(this.spare);
      try {
        let rest = parts;
        for (let position = 0; rest.length > 0;) {
          const written = await writevLater(descriptor, rest, position);
          position += written;
          rest = after(rest, written);
        }
        ftruncateSync(descriptor, sizeOf(parts));
      } finally {
        closeSync(descriptor);
      }
      this.takePlace();
    } catch (error) {
      this.close();
      throw explainedWriteError(this.path, error);
    }
  }

  private takePlace(): void {
    const isRecycled = this.keepPrevious();
    renameSync(this.spare, this.path);
    if (isRecycled) renameSync(this.previous, this.spare);
  }

  /** Removes the spare; the file stays. */
  close(): void {
    removeQuietly(this.spare);
    removeQuietly(this.previous);
  }

  /** A second name for the present version. There is none at first, and some file systems have no second names. */
  private keepPrevious(): boolean {
    try {
      linkSync(this.path, this.previous);
      return true;
    } catch {
      return false;
    }
  }
}

function writeInto(file: string, parts: readonly Uint8Array[]): void {
  const descriptor = openToOverwrite(file);
  try {
    let rest = parts;
    for (let position = 0; rest.length > 0;) {
      const written = writevSync(descriptor, rest, position);
      position += written;
      rest = after(rest, written);
    }
    ftruncateSync(descriptor, sizeOf(parts));
  } finally {
    closeSync(descriptor);
  }
}

function writevLater(descriptor: number, parts: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    writev(descriptor, parts, position, (error, written) => (error ? reject(error) : resolve(written))),
  );
}

const sizeOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Never one that has another name, which may be a checkpoint that somebody needs. */
function openToOverwrite(file: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r+');
  } catch {
    return openSync(file, 'w');
  }
  if (fstatSync(descriptor).nlink === 1) return descriptor;
  closeSync(descriptor);
  removeQuietly(file);
  return openSync(file, 'w');
}

/** What is left of the parts after so many bytes. */
function after(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let i = 0;
  let left = bytes;
  while (i < parts.length && left >= parts[i].byteLength) left -= parts[i++].byteLength;
  return left === 0 ? parts.slice(i) : [parts[i].subarray(left), ...parts.slice(i + 1)];
}

function removeLeftovers(path: string): void {
  const name = basename(path);
  for (const sibling of siblings(path)) {
    const [, pid] = /^\.(\d+)\.(?:tmp|old)$/.exec(sibling.slice(name.length)) ?? [];
    const isOurs = sibling.startsWith(name) && pid !== undefined;
    if (isOurs && (Number(pid) === process.pid || !isAlive(Number(pid))))
      removeQuietly(join(dirname(path), sibling));
  }
}

function siblings(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

/**
 * Gives the memory of arrays back at once instead of at the next garbage collection, which large arrays bring about: it
 * costs far more than a copy of them. The arrays are empty afterwards, and so are others on the same buffers.
 */
export function discardArrays(arrays: Iterable<ArrayBufferView>): void {
  const { port1, port2 } = new MessageChannel();
  // Moved to a port that closes without anybody having read.
  port1.postMessage(null, Array.from(new Set(Array.from(arrays, ({ buffer }) => buffer as ArrayBuffer))));
  port1.close();
  port2.close();
}
