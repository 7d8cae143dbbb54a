import { UserError } from '../errors';
import { maxMemory, type ReadLimits } from '../platform/formats/limits';
import type { DType, NumericArray } from '../platform/formats/raw-values';
import { parseJson } from '../platform/formats/json-text';
import { readText } from '../platform/formats/read-file';
import { at } from './check-arrays';
import { memorySource, type SignalSource } from './signal-source';
import { rowsToArrays } from './table-arrays';
import { TableRows } from './table-rows';

/**
 * Reads signals from a JSON file: an object of nested lists under the names of the arrays; or a table with the columns of
 * a CSV file, as a list of objects with one row each or as pandas writes one (by columns, or columns and data).
 *
 * @throws UserError if the file is too large for JSON (`readText`), is none, or a nested list is ragged
 */
export function jsonSource(path: string, limits: ReadLimits): SignalSource {
  const content = parseJson(withInfinities(readText(path, limits)), path);
  if (Array.isArray(content)) return rowsSource(path, content, limits);
  if (typeof content !== 'object' || content === null) {
    throw new UserError(
      `${path} holds neither an object of arrays nor a list of rows. Store {"logits": [...], "labels": [...], ...}.`,
    );
  }
  const rows = rowsOfColumns(content as Readonly<Record<string, unknown>>);
  if (rows !== null) return rowsSource(path, rows, limits);
  const arrays: Record<string, NumericArray | readonly string[]> = {};
  for (const [name, value] of Object.entries(content)) {
    arrays[name] = texts(value) ?? nested(`${name} in ${path}`, value);
  }
  return memorySource(path, arrays);
}

/** Reads a file of JSON Lines: an object a line, with the columns of a CSV file. */
export function jsonLinesSource(path: string, limits: ReadLimits): SignalSource {
  const lines = withInfinities(readText(path, limits)).split('\n');
  const rows = lines.flatMap((line, i) =>
    line.trim() === '' ? [] : [parseJson(line, `line ${i + 1} of ${path}`)],
  );
  return rowsSource(path, rows, limits);
}

/** Python writes minus infinity as a word that JSON does not have; a number beyond all is read as the same. */
function withInfinities(text: string): string {
  if (!text.includes('-Infinity')) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|-Infinity\b/g, (found) =>
    found === '-Infinity' ? '-1e999' : found,
  );
}

/** The rows of a table that is stored by columns; null for arrays under their names. */
function rowsOfColumns(content: Readonly<Record<string, unknown>>): Record<string, unknown>[] | null {
  const { columns, data } = content;
  if (Array.isArray(columns) && Array.isArray(data)) {
    return data.map((row: unknown) =>
      Object.fromEntries(columns.map((name, k) => [name, (row as unknown[])[k]])),
    );
  }
  const lists = Object.entries(content);
  const isTable =
    lists.length > 0 &&
    (lists.every(([, list]) => typeof list === 'object' && list !== null && !Array.isArray(list)) ||
      lists.some(([name]) => /^(logit|prob)[a-z]*_\d+$/.test(name)));
  if (!isTable) return null;
  return Object.keys(lists[0][1] as object).map((row) =>
    Object.fromEntries(lists.map(([name, list]) => [name, (list as Readonly<Record<string, unknown>>)[row]])),
  );
}

function texts(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  const isText = Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string');
  return isText ? value : undefined;
}

/** A list of rows {label, member, logits: [...] or logits_0, ...}. */
function rowsSource(path: string, rows: readonly unknown[], limits: ReadLimits): SignalSource {
  const first = rows[0] as Record<string, unknown> | undefined;
  if (typeof first !== 'object' || first === null || Array.isArray(first)) {
    throw new UserError(
      `${path} is a list, but not of objects, one a record. Store {"label": 0, ...} for each.`,
    );
  }
  const names = Object.keys(first);
  const table = new TableRows(path, flatNames(first), maxMemory(limits));
  rows.forEach((row, i) => {
    const record = row as Record<string, unknown>;
    if (typeof row !== 'object' || row === null) throw notARow(path, i, row);
    table.add(
      names.flatMap((name) => record[name] as never),
      i + 1,
    );
  });
  return rowsToArrays(table);
}

function notARow(path: string, index: number, row: unknown): UserError {
  return new UserError(
    `row ${index} of ${path} is ${JSON.stringify(row)}, but must be an object as the first one.`,
  );
}

function flatNames(first: Record<string, unknown>): string[] {
  return Object.entries(first).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((_, k) => `${name}_${k}`) : [name],
  );
}

/** Nested lists of one shape as a row-major array. */
function nested(name: string, value: unknown): NumericArray {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  let isBool = true;
  let isWhole = true;
  let hasNull = false;
  let filled = 0;
  const fill = (part: unknown, indices: readonly number[]): void => {
    if (indices.length < shape.length) {
      if (!Array.isArray(part) || part.length !== shape[indices.length])
        throw ragged(name, indices, shape, part);
      part.forEach((inner, i) => fill(inner, [...indices, i]));
      return;
    }
    if (part === null && name.startsWith('logits in ')) {
      // Minus infinity, as JSON has none; `checkNullRow` looks whether the row agrees.
      data[filled++] = -Infinity;
      hasNull = true;
      return;
    }
    if (typeof part !== 'number' && typeof part !== 'boolean') {
      const found = Array.isArray(part) ? 'a list' : JSON.stringify(part);
      throw new UserError(`${at(name, ...indices)} is ${found}, but must be a number, as its neighbors are.`);
    }
    isBool &&= typeof part === 'boolean';
    isWhole &&= Number.isInteger(Number(part));
    data[filled++] = Number(part);
  };
  fill(value, []);
  if (hasNull) checkNullRows(name, data, shape[shape.length - 1]);
  const dtype: DType = isBool ? 'bool' : isWhole ? 'int64' : 'float64';
  return { dtype, shape, data };
}

/** @throws UserError unless rows with null, as JSON writes infinities, are log-probabilities otherwise */
function checkNullRows(name: string, data: Float64Array, width: number): void {
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    if (!row.includes(-Infinity)) continue;
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    if (Math.abs(sum - 1) < 1e-3) continue;
    throw new UserError(
      `${name} hold null in row ${start / width}, but must be numbers. If it stands for minus infinity, store ` +
        'log-probabilities or -1e30 in its place, since JSON has no infinity.',
    );
  }
}

function ragged(
  name: string,
  indices: readonly number[],
  shape: readonly number[],
  part: unknown,
): UserError {
  const found = Array.isArray(part) ? `a list of ${part.length}` : JSON.stringify(part);
  return new UserError(
    `${at(name, ...indices)} is ${found}, but must be a list of ${shape[indices.length]}, ` +
      'as the first one is. Store lists of equal lengths.',
  );
}
