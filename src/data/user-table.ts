import { UserError } from '../errors';
import { readCsv } from '../platform/formats/csv';
import { type ReadLimits, checkSize } from '../platform/formats/limits';
import { readParquet, type ParquetColumn, type ParquetTable } from '../platform/formats/parquet';
import { unknownName } from '../options';
import type { ImageShape } from './dataset';

/** Rows of a CSV or Parquet file; can be gone through more than once. */
export interface Table {
  readonly path: string;
  names(): Promise<readonly string[]>;
  /** Cells of each row, in the order of the names: text from CSV, any type from Parquet. */
  rows(): AsyncIterable<readonly unknown[]>;
}

/** Which columns are needed: the label and the features. */
export interface ColumnChoice {
  readonly label: string;
  readonly features?: string | readonly string[];
  readonly drop?: readonly string[];
}

/**
 * The feature columns among those of the file, in its order.
 *
 * @throws UserError if a column that was named is not there
 */
export function featureNames(
  names: readonly string[],
  { label, features, drop = [] }: ColumnChoice,
): string[] {
  const asked = features === undefined ? undefined : [features].flat();
  for (const name of [label, ...(asked ?? []), ...drop]) {
    if (!names.includes(name)) throw unknownName('column of this file', name, names);
  }
  return names.filter(
    (name) => name !== label && !drop.includes(name) && (asked === undefined || asked.includes(name)),
  );
}

/** A CSV file, streamed each time. */
export function csvTable(
  path: string,
  { header = true, delimiter }: { header?: boolean; delimiter?: string },
  limits: ReadLimits,
): Table {
  const open = () => readCsv(path, { header, delimiter, limits });
  return {
    path,
    async names() {
      const rows = open();
      const named = await rows.columns();
      if (named !== undefined) return named;
      for await (const row of rows) return row.map((_, j) => String(j));
      return [];
    },
    rows: open,
  };
}

/**
 * Lists of one length become a column for each place, named x[0], x[1] and so on.
 *
 * @throws UserError for lists of different lengths or of lists, and for structs and bytes
 */
function withoutLists(path: string, { names, rows, columns }: ParquetTable): ParquetTable {
  const flat: Record<string, ParquetColumn> = {};
  for (const name of names) {
    const column = columns[name];
    const odd = rows === 0 ? undefined : kindOf(column);
    if (odd === undefined) {
      flat[name] = column;
      continue;
    }
    if (odd !== 'lists') throw notTabular(path, name, odd);
    const lists = column as (readonly unknown[] | null)[];
    const width = lists[0]?.length ?? 0;
    lists.forEach((list, row) => {
      if (list?.length !== width || width === 0)
        throw notTabular(path, name, `lists of different lengths (row ${row})`);
      if (list.some((value) => typeof value === 'object' && value !== null))
        throw notTabular(path, name, 'lists of lists');
    });
    for (let k = 0; k < width; k++) flat[`${name}[${k}]`] = lists.map((list) => list![k]);
  }
  return { names: Object.keys(flat), rows, columns: flat };
}

function kindOf(column: ParquetColumn): 'lists' | 'bytes' | 'structs' | undefined {
  if (!Array.isArray(column)) return undefined;
  const odd = column.find((value) => typeof value === 'object' && value !== null && !(value instanceof Date));
  if (odd === undefined) return undefined;
  return Array.isArray(odd) ? 'lists' : odd instanceof Uint8Array ? 'bytes' : 'structs';
}

function notTabular(path: string, name: string, what: string): UserError {
  return new UserError(
    `${path}: column ${JSON.stringify(name)} holds ${what}, but a feature is a number, a text or a list of numbers of one ` +
      'length. Write its parts as columns of their own, or leave it out (drop).',
  );
}

/** A Parquet file, whose columns are in memory. */
export function parquetTable(path: string, choice: ColumnChoice, limits: ReadLimits): Table {
  let read: ReturnType<typeof readParquet> | undefined;
  const table = (): ReturnType<typeof readParquet> =>
    (read ??= readParquet(path, { limits }).then((found) => withoutLists(path, found)));
  return {
    path,
    names: async () => (await table()).names,
    async *rows() {
      const { names, rows, columns } = await table();
      const needed = new Set([choice.label, ...featureNames(names, choice)]);
      const cells = names.map((name) => (needed.has(name) ? columns[name] : undefined));
      for (let row = 0; row < rows; row++) yield cells.map((column) => column?.[row]);
    },
  };
}

/** A feature of a user's data set: a column as it is, or one category of a column. */
export interface FeatureColumn {
  readonly name: string;
  /** `binary` if all of its values are 0 or 1. */
  readonly kind: 'number' | 'binary' | 'category';
  /** The category whose indicator (0 or 1) this is. */
  readonly category?: string;
}

/** What every reader of user files gives. */
export interface UserContent {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array;
  readonly classNames: readonly string[];
  readonly columns?: readonly FeatureColumn[];
  readonly image?: ImageShape;
}

export interface TableOptions extends ColumnChoice {
  readonly categorical?: readonly string[];
  readonly missing?: readonly string[];
}

/** More categories than this are rather a number with a typing error, a date or a key. */
const maxCategories = 1000;
const maxClasses = 10_000;

/** How missing values are written, in lower case. */
const usualMissing = ['', 'na', 'n/a', 'nan', 'null', 'none', '?'];

/** What the first pass finds out about a column. */
interface Survey {
  readonly name: string;
  readonly position: number;
  readonly limit: number;
  /** Distinct cells as text; not kept up beyond the limit. */
  readonly values: Set<string>;
  /** Set if the column cannot be a number: the first such cell. */
  text?: { readonly row: number; readonly cell: string };
  /** Whether all numbers are 0 or 1. */
  binary: boolean;
}

/**
 * Turns a table into features and classes in two passes: the first finds kinds, categories and the number of rows, the
 * second fills arrays of the right size.
 *
 * @throws UserError that names row (from 1, without the header) and column
 */
export async function readTable(
  table: Table,
  options: TableOptions,
  limits: ReadLimits,
): Promise<UserContent> {
  const names = await table.names();
  const chosen = featureNames(names, options);
  const label = survey(options.label, names, maxClasses);
  const features = chosen.map((name) => survey(name, names, maxCategories));
  const records = await surveyRows(table, [label, ...features], options.missing ?? usualMissing);
  if (records === 0 || chosen.length === 0) {
    throw new UserError(
      `${table.path} has ${records} rows and ${chosen.length} feature columns; at least one of each is needed.`,
    );
  }
  if (label.values.size > maxClasses) throw tooMany(table.path, label);
  const encodings = features.map((column) => encoding(table.path, column, options.categorical ?? []));
  const columns = encodings.flatMap(({ columns: own }) => own);
  const binary = encodings.every((own) => own.binary);
  checkSize(table.path, records * (columns.length * (binary ? 1 : 4) + 4), limits);
  const x = binary ? new Uint8Array(records * columns.length) : new Float32Array(records * columns.length);
  const y = new Int32Array(records);
  const classNames = sorted([...label.values]);
  const classOf = new Map(classNames.map((name, i) => [name, i]));
  let row = 0;
  for await (const cells of table.rows()) {
    if (row >= records) break;
    y[row] = classOf.get(textOf(cells[label.position]))!;
    let at = row * columns.length;
    for (const own of encodings) {
      own.put(cells[own.position], x, at);
      at += own.columns.length;
    }
    row++;
  }
  return { x, y, classNames, columns };
}

function survey(name: string, names: readonly string[], limit: number): Survey {
  return { name, position: names.indexOf(name), limit, values: new Set(), binary: true };
}

async function surveyRows(
  table: Table,
  columns: readonly Survey[],
  missingTexts: readonly string[],
): Promise<number> {
  const missing = new Set(missingTexts.map((text) => text.toLowerCase()));
  let row = 0;
  for await (const cells of table.rows()) {
    row++;
    for (const column of columns) look(table.path, column, cells[column.position], row, missing);
  }
  return row;
}

function look(path: string, column: Survey, cell: unknown, row: number, missing: ReadonlySet<string>): void {
  const text = textOf(cell);
  if (missing.has(text.toLowerCase())) {
    const shown = text === '' ? 'empty' : JSON.stringify(text);
    throw new UserError(
      `${path}: row ${row}, column ${JSON.stringify(column.name)} is ${shown}: a missing value. Fill it in or leave the row or the column (drop) out; nothing is guessed. If it is a category, say what missing values look like (missing).`,
    );
  }
  const number = numberOf(cell, text);
  if (Number.isNaN(number)) column.text ??= { row, cell: text };
  else if (!Number.isFinite(number)) {
    throw new UserError(
      `${path}: row ${row}, column ${JSON.stringify(column.name)} is ${text}, but numbers must be finite. Correct the row or leave the column (drop) out.`,
    );
  }
  if (number !== 0 && number !== 1) column.binary = false;
  if (column.values.size <= column.limit) column.values.add(text);
}

/** A column as features, and how a cell is written into a row of x. */
interface Encoding {
  readonly position: number;
  readonly binary: boolean;
  readonly columns: readonly FeatureColumn[];
  put(cell: unknown, x: Uint8Array | Float32Array, at: number): void;
}

function encoding(path: string, column: Survey, categorical: readonly string[]): Encoding {
  const { name, position, values, text, binary } = column;
  if (text === undefined && !categorical.includes(name)) {
    return {
      position,
      binary,
      columns: [{ name, kind: binary ? 'binary' : 'number' }],
      put: (cell, x, at) => (x[at] = numberOf(cell, textOf(cell))),
    };
  }
  if (values.size > maxCategories) throw tooMany(path, column);
  const categories = sorted([...values]);
  const index = new Map(categories.map((category, i) => [category, i]));
  return {
    position,
    binary: true,
    columns: categories.map((category) => ({ name, kind: 'category', category })),
    put: (cell, x, at) => (x[at + index.get(textOf(cell))!] = 1),
  };
}

function tooMany(path: string, { name, limit, text }: Survey): UserError {
  const hint =
    text === undefined
      ? ''
      : ` The first that is no number is ${JSON.stringify(text.cell.slice(0, 40))} in row ${text.row}: correct it if the column should hold numbers.`;
  return new UserError(
    `${path}: column ${JSON.stringify(name)} has more than ${limit} different values, too many for categories.${hint} Else leave the column out (drop).`,
  );
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  return String(cell).trim();
}

/** NaN for what is no number. */
function numberOf(cell: unknown, text: string): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return Number(cell);
  return typeof cell === 'string' || typeof cell === 'bigint' ? decimal(text) : Number.NaN;
}

/** Decimal numbers only: not `0x10`, not an empty text. */
function decimal(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

/** Numbers by value, else by code units. */
export function sorted(values: readonly string[]): string[] {
  const numeric = values.every((value) => !Number.isNaN(decimal(value)));
  return [...values].sort((a, b) => (numeric ? Number(a) - Number(b) : 0) || (a < b ? -1 : a > b ? 1 : 0));
}
