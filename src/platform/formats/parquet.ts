import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../errors';
import { unknownName } from '../../options';
import { maxMemory, shownBytes, type ReadLimits } from './limits';
import type { NumericData } from './raw-values';
import { openFile } from './read-file';

/**
 * Numbers as typed arrays, text as strings; lists, structs, bytes that are no text (Uint8Array) and columns with
 * missing values row by row, missing ones as null.
 */
export type ParquetColumn = NumericData | string[] | unknown[];

export interface ParquetTable {
  /** Names of the columns that were read, in the order of the file. */
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: Readonly<Record<string, ParquetColumn>>;
}

export interface ParquetOptions {
  /** The only columns that are read, if given. */
  readonly columns?: readonly string[];
  readonly limits?: ReadLimits;
  /** Seconds until a file that promises nothing is given up; two more for each million values. Default 30. */
  readonly seconds?: number;
}

/**
 * Reads a Parquet file, all codecs, encodings and row groups. Numbers become typed arrays (BIGINT float64 where every
 * value is exact, BOOLEAN uint8), text strings; a list of numbers (a column of logits) an array a row; a column with
 * missing values holds null in their place.
 *
 * A thread of its own reads, with bounds on memory and time, so that a damaged or hostile file ends the thread alone.
 *
 * @throws UserError if it is no whole Parquet file, a column is missing, a BIGINT has no exact float64, or it would take
 *   more memory than the limits allow (known before anything is unpacked) or more time than its size explains
 */
export async function readParquet(path: string, options: ParquetOptions = {}): Promise<ParquetTable> {
  const { fd, size } = openFile(path);
  let answer: Answer;
  try {
    if (size < 12) throw unreadable(path, `it has ${size} bytes`);
    answer = await readInThread(fd, size, options);
  } finally {
    closeSync(fd);
  }
  if ('table' in answer) {
    const { names, rows, columns } = answer.table;
    return { names, rows, columns: Object.fromEntries(names.map((name, i) => [name, columns[i]])) };
  }
  if ('missing' in answer) throw unknownName(`column of ${path}`, answer.missing, answer.known);
  if ('inexact' in answer) throw inexact(path, answer.inexact);
  const limit = shownBytes(maxMemory(options.limits));
  throw unreadable(
    path,
    'damaged' in answer
      ? 'its directory or its pages are damaged, or of a kind that is not read (encrypted, nested maps)'
      : answer.refused === 'memory'
        ? `it would take more than ${limit} of memory, which is the limit; read fewer columns, or raise --max-memory`
        : answer.refused,
  );
}

const unreadable = (path: string, why: string): UserError =>
  new UserError(`${path} cannot be read as a Parquet file: ${why}. Check or export it again.`);

function inexact(path: string, { column, row, value }: Inexact): UserError {
  return new UserError(
    `column ${column} of ${path} has in row ${row} (counted from 0) the number ${value}, which float64 cannot hold ` +
      'exactly. Store the column as INT32 or DOUBLE, or as text if these are names of records.',
  );
}

interface Inexact {
  readonly column: string;
  readonly row: number;
  readonly value: string;
}

/** What the thread answers (parquet-worker.mjs). */
type Answer =
  | { readonly table: { readonly names: string[]; readonly rows: number; readonly columns: ParquetColumn[] } }
  | { readonly refused: string }
  | { readonly damaged: true }
  | { readonly missing: string; readonly known: string[] }
  | { readonly inexact: Inexact };

interface Reader {
  readonly worker: Worker;
  readonly limit: number;
}

const megabyte = 2 ** 20;
/** A thread that has done its work waits for the next file: to start one takes longer than to read a small file. */
let idle: Reader | undefined;

function takeReader(limit: number): Reader {
  const waiting = idle;
  idle = undefined;
  if (waiting?.limit === limit) {
    waiting.worker.ref();
    return waiting;
  }
  void waiting?.worker.terminate();
  const worker = new Worker(join(__dirname, 'parquet-worker.mjs'), {
    execArgv: [],
    // Below 64 MB even the reader itself does not start.
    resourceLimits: { maxOldGenerationSizeMb: Math.max(64, Math.ceil(limit / megabyte)) },
  });
  // An error while it is idle is nobody's.
  worker.on('error', () => undefined);
  return { worker, limit };
}

function keepReader(reader: Reader): void {
  reader.worker.unref();
  void idle?.worker.terminate();
  idle = reader;
}

function readInThread(
  fd: number,
  size: number,
  { columns, limits, seconds = 30 }: ParquetOptions,
): Promise<Answer> {
  const limit = maxMemory(limits);
  const reader = takeReader(limit);
  const { worker } = reader;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(late);
      clearInterval(watch);
      worker.off('message', hear).off('error', fail);
    };
    const give = (answer: Answer): void => {
      stop();
      keepReader(reader);
      resolve(answer);
    };
    const giveUp = (refused: string): void => {
      stop();
      void worker.terminate().then(() => resolve({ refused }));
    };
    const tooLate = (): void =>
      giveUp('it keeps its reader busy far longer than its size explains, so it is damaged or hostile');
    let late = setTimeout(tooLate, seconds * 1000);
    // Bytes outside of the thread's heap are in no limit of its own.
    const before = process.memoryUsage.rss();
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() - before > 1.2 * limit + 64 * megabyte) giveUp('memory');
    }, 50);
    function hear(message: Answer | { readonly values: number }): void {
      if (!('values' in message)) return give(message);
      clearTimeout(late);
      late = setTimeout(tooLate, (seconds + (2 * message.values) / 1e6) * 1000);
    }
    function fail(error: NodeJS.ErrnoException): void {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return giveUp('memory');
      stop();
      reject(error);
    }
    worker.on('message', hear).on('error', fail);
    worker.postMessage({ fd, size, columns, maxMemory: limit });
  });
}
