import { TextDecoder } from 'node:util';
import { closeSync, createReadStream, readSync } from 'node:fs';
import { extname } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { UserError } from '../../errors';
import { maxMemory, shownBytes, type ReadLimits } from './limits';
import { explainedReadError, openFile } from './read-file';

export interface CsvOptions {
  /**
   * Whether the first line names the columns. 'auto' takes it for names if one of its cells is no number where the
   * second line has one, or if all its cells are text and no two are equal.
   */
  readonly header: boolean | 'auto';
  /** Found in the first line unless given (`csvDelimiter`). */
  readonly delimiter?: string;
  readonly limits?: ReadLimits;
}

/** The rows of a CSV file below its header, streamed; each iteration reads the file anew. */
export interface CsvRows extends AsyncIterable<string[]> {
  /** The names of the columns; undefined if the file has no header. */
  columns(): Promise<readonly string[] | undefined>;
  /** The same rows in blocks, which is faster for long files, with the number of the block's first line. */
  blocks(): AsyncIterable<CsvBlock>;
}

export interface CsvBlock {
  readonly rows: string[][];
  /** Number of each row's last line in the file, from 1. */
  readonly lines: number[];
}

/**
 * Reads a CSV file: UTF-8, quoted cells, any line ends; empty lines are skipped.
 *
 * @throws UserError (while reading) that names file and line: another number of values than the first line has, broken
 *   quotes, bytes that are no UTF-8, a line that is too long, a name of a column twice
 */
export function readCsv(path: string, options: CsvOptions): CsvRows {
  let names: Promise<readonly string[] | undefined> | undefined;
  const columns = (): Promise<readonly string[] | undefined> => (names ??= findNames(path, options));
  async function* blocks(): AsyncIterable<CsvBlock> {
    let skip = (await columns()) === undefined ? 0 : 1;
    for await (const block of checkedBlocks(path, options)) {
      yield skip === 0 ? block : { rows: block.rows.slice(skip), lines: block.lines.slice(skip) };
      skip = 0;
    }
  }
  return {
    columns,
    blocks,
    async *[Symbol.asyncIterator]() {
      for await (const { rows } of blocks()) yield* rows;
    },
  };
}

async function findNames(path: string, options: CsvOptions): Promise<readonly string[] | undefined> {
  if (options.header === false) return undefined;
  const start: string[][] = [];
  for await (const { rows } of checkedBlocks(path, options)) {
    start.push(...rows.slice(0, 2));
    if (start.length >= 2) break;
  }
  const [first, second] = start;
  if (first === undefined) {
    throw new UserError(
      `${path} is empty, but must have a line with the names of the columns. Make it again.`,
    );
  }
  if (options.header === 'auto' && !looksLikeNames(first, second)) return undefined;
  const names = first.map((name) => name.trim());
  const seen = new Set<string>();
  const twice = names.find((name) => name !== '' && (seen.has(name) || !seen.add(name)));
  if (twice !== undefined) {
    throw new UserError(
      `${path} has two columns named ${JSON.stringify(twice)}. Rename or drop one of them.`,
    );
  }
  return names;
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && !Number.isNaN(Number(cell));

function looksLikeNames(first: readonly string[], second: readonly string[] | undefined): boolean {
  if (second?.some((cell, i) => isNumber(cell) && !isNumber(first[i])) === true) return true;
  return !first.some(isNumber) && new Set(first).size === first.length;
}

/** All rows with the same number of cells. */
async function* checkedBlocks(path: string, options: CsvOptions): AsyncIterable<CsvBlock> {
  let width = -1;
  for await (const block of rawBlocks(path, options)) {
    if (width < 0 && block.rows.length > 0) width = block.rows[0].length;
    const bad = block.rows.findIndex((row) => row.length !== width);
    if (bad >= 0) {
      throw new UserError(
        `line ${block.lines[bad]} of ${path} has ${block.rows[bad].length} values, but there are ${width} columns. ` +
          'Correct the line.',
      );
    }
    yield block;
  }
}

/** Lines without quotes are split at once; from the first quote on, csv-parse reads (five times slower). */
async function* rawBlocks(path: string, options: CsvOptions): AsyncIterable<CsvBlock> {
  const { delimiter = csvDelimiter(path) } = options;
  const longest = Math.min(maxMemory(options.limits) / 8, 2 ** 27);
  const texts = decoded(path)[Symbol.asyncIterator]();
  let line = 0;
  let rest: string[] = [];
  let restLength = 0;
  try {
    for (let isFirst = true; ; isFirst = false) {
      const { done, value = '' } = await texts.next();
      if (value.includes('"') || (isFirst && hasLoneReturns(value))) {
        yield* quotedBlocks(path, rest.join('') + value, texts, { delimiter, line, longest });
        return;
      }
      const lastEnd = value.lastIndexOf('\n') + 1;
      restLength += value.length;
      rest.push(value);
      if (lastEnd === 0 && done !== true) {
        // Joined only where a line ends: a long line must not be copied with every piece of it.
        if (restLength > longest) throw tooLong(path, line + 1, longest);
        continue;
      }
      const text = rest.join('');
      const end = done === true ? text.length : text.length - value.length + lastEnd;
      rest = [text.slice(end)];
      restLength = rest[0].length;
      const block = splitLines(text.slice(0, end), delimiter, line);
      line = block.next;
      if (block.rows.length > 0) yield block;
      if (done === true) return;
    }
  } finally {
    await texts.return?.(undefined);
  }
}

const hasLoneReturns = (text: string): boolean => /\r(?!\n|$)/.test(text) && !text.includes('\n');

function splitLines(text: string, delimiter: string, before: number): CsvBlock & { next: number } {
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = before;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found + 1;
    let end = found < 0 ? text.length : found;
    if (end > start && text.charCodeAt(end - 1) === 13) end--;
    line++;
    if (end > start) {
      rows.push(text.slice(start, end).split(delimiter));
      lines.push(line);
    }
    start = next;
  }
  return { rows, lines, next: line };
}

/** Bytes of the first line that are looked at. */
const sniffedBytes = 2 ** 16;

/**
 * What stands between the columns: a tab in files that end in .tsv, else whichever of comma, semicolon and tab is the
 * most frequent in the first line outside of quotes; a comma if there is none.
 */
export function csvDelimiter(path: string): ',' | ';' | '\t' {
  if (extname(path).toLowerCase() === '.tsv') return '\t';
  const { fd } = openFile(path);
  try {
    const start = Buffer.alloc(sniffedBytes);
    const text = start.toString('utf8', 0, readSync(fd, start, 0, sniffedBytes, 0));
    const [line] = text.replace(/"[^"]*"/g, '').split(/\r?\n/, 1);
    const counts = ([',', ';', '\t'] as const).map((mark) => ({ mark, count: line.split(mark).length }));
    return counts.reduce((best, other) => (other.count > best.count ? other : best)).mark;
  } finally {
    closeSync(fd);
  }
}

/** The text of a file, piece by piece. */
async function* decoded(path: string): AsyncGenerator<string> {
  const { fd } = openFile(path);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  try {
    for await (const chunk of createReadStream(path, { fd, highWaterMark: 2 ** 18 })) {
      const bytes = chunk as Buffer;
      if (at === 0) refuseOtherEncodings(path, bytes);
      const text = decodePiece(path, decoder, bytes, at);
      if (text.includes('\0'))
        throw new UserError(`${path} is no text: it has a zero byte. Is it a CSV file?`);
      at += bytes.length;
      yield text;
    }
    yield decodePiece(path, decoder, undefined, at);
  } catch (error) {
    throw explainedReadError(path, error);
  }
}

function decodePiece(path: string, decoder: TextDecoder, bytes: Buffer | undefined, at: number): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw new UserError(
      `${path} is no UTF-8 text: a byte ${at === 0 ? '' : `behind ${at} `}has no meaning there. Save it as UTF-8.`,
    );
  }
}

function refuseOtherEncodings(path: string, bytes: Buffer): void {
  const start = bytes.subarray(0, 4).toString('hex');
  const kind = start.startsWith('fffe') || start.startsWith('feff') ? 'UTF-16 text' : known[start];
  if (kind !== undefined)
    throw new UserError(`${path} is ${kind}, not a CSV file in UTF-8. Save or unpack it as such.`);
}

const known: Readonly<Record<string, string>> = {
  '504b0304': 'a zip archive (or a spreadsheet)',
  '50415231': 'a Parquet file',
};

interface QuotedOptions {
  readonly delimiter: string;
  /** Lines before the text. */
  readonly line: number;
  readonly longest: number;
}

async function* quotedBlocks(
  path: string,
  start: string,
  texts: AsyncIterator<string>,
  { delimiter, line, longest }: QuotedOptions,
): AsyncIterable<CsvBlock> {
  async function* all(): AsyncIterable<string> {
    yield start;
    for (let next = await texts.next(); next.done !== true; next = await texts.next()) yield next.value;
  }
  const parser = parse({
    delimiter,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: Math.floor(longest),
    record_delimiter: hasLoneReturns(start) ? ['\r'] : ['\r\n', '\n'],
  });
  // Errors come out of the iteration.
  pipeline(Readable.from(all()), parser, () => undefined);
  let rows: string[][] = [];
  let lines: number[] = [];
  try {
    for await (const entry of parser) {
      const { record, info } = entry as { record: string[]; info: Info };
      rows.push(record);
      lines.push(line + info.lines);
      if (rows.length < 1000) continue;
      yield { rows, lines };
      [rows, lines] = [[], []];
    }
  } catch (error) {
    throw explainedCsvError(path, line, longest, error);
  }
  if (rows.length > 0) yield { rows, lines };
}

function explainedCsvError(path: string, before: number, longest: number, error: unknown): unknown {
  const { code, lines = 0 } = error as { code?: string; lines?: number };
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLong(path, before + lines, longest);
  if (!(error instanceof CsvError)) return error;
  const why = brokenQuotes[code ?? ''] ?? 'its quotes do not fit together';
  return new UserError(`${path} is broken at line ${before + lines}: ${why}. Correct the line.`);
}

const brokenQuotes: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that does not begin with one',
  CSV_INVALID_CLOSING_QUOTE: 'something stands between a closing quote and the end of the value',
};

function tooLong(path: string, line: number, longest: number): UserError {
  return new UserError(
    `line ${line} of ${path} is longer than ${shownBytes(longest)}. Is it a CSV file? If so, raise --max-memory.`,
  );
}

/**
 * Lines of cells as CSV: a cell with a comma, a quote or a line break stands in quotes; a missing one is empty.
 *
 * @param lineEnd `\n`, or `\r\n` as RFC 4180 has it
 */
export function csvText(
  lines: readonly (readonly (string | number | null)[])[],
  lineEnd: '\n' | '\r\n' = '\n',
): string {
  return lines.map((line) => `${line.map(csvCell).join(',')}${lineEnd}`).join('');
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
