import { UserError } from '../errors';
import { readCsv } from '../platform/formats/csv';
import type { ReadLimits } from '../platform/formats/limits';
import { readParquet, type ParquetColumn, type ParquetTable } from '../platform/formats/parquet';
import { unknownName } from '../options';

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
