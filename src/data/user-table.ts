import { readCsv } from '../formats/csv';
import type { ReadLimits } from '../formats/limits';
import { readParquet } from '../formats/parquet';
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

/** A Parquet file, whose columns are in memory. */
export function parquetTable(path: string, choice: ColumnChoice, limits: ReadLimits): Table {
  let read: ReturnType<typeof readParquet> | undefined;
  const table = (): ReturnType<typeof readParquet> => (read ??= readParquet(path, { limits }));
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
