import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors';
import type { FloatArray } from './check-arrays';

/** Gives a kept row back: the same array each time from memory, a fresh copy from a file. */
export type Row = () => FloatArray;

/** Where rows of outputs (one model each) wait until an attack asks for them. */
export interface RowKeeper {
  /** Keeps a row; the caller may reuse its array afterwards. */
  keep(row: FloatArray): Row;
}

/** Keeps rows in memory. */
export const memoryKeeper: RowKeeper = {
  keep(row) {
    const copy = row.slice();
    return () => copy;
  },
};

const closeWhenForgotten = new FinalizationRegistry<number>((file) => closeSync(file));

/**
 * Keeps rows in a raw temporary file in the system's folder for such (TMPDIR). The file has no name: it is gone with
 * the process, however that ends, and closed as soon as nobody holds a row of it.
 */
export function spillKeeper(): RowKeeper {
  const folder = mkdtempSync(join(tmpdir(), 'ccl-signals-'));
  const file = openSync(join(folder, 'rows'), 'w+');
  rmSync(folder, { recursive: true });
  const keeper = {
    end: 0,
    keep(row: FloatArray): Row {
      const start = this.end;
      const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
      writeAll(file, bytes, start);
      this.end += bytes.length;
      const { length } = row;
      const make =
        row instanceof Float32Array ? () => new Float32Array(length) : () => new Float64Array(length);
      return () => {
        const copy = make();
        // `this` is held on purpose: the file stays open as long as any of its rows can be asked for.
        readAll(this, file, copy, start);
        return copy;
      };
    },
  };
  closeWhenForgotten.register(keeper, file);
  return keeper;
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30), position + done);
    }
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new UserError(
      `The rows of a large file of signals do not fit into the temporary folder ${tmpdir()}: the disk is full. ` +
        'Set TMPDIR to a folder with more space, or give --max-memory a larger value to keep them in memory.',
    );
  }
}

function readAll(_holder: object, file: number, into: FloatArray, position: number): void {
  const bytes = new Uint8Array(into.buffer);
  for (let done = 0; done < bytes.length;) {
    const got = readSync(file, bytes, done, Math.min(bytes.length - done, 2 ** 30), position + done);
    if (got === 0) throw new Error('the temporary file of rows is shorter than it was written');
    done += got;
  }
}
