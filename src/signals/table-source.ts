import { UserError } from '../errors';
import { csvDelimiter, readCsv } from '../formats/csv';
import type { ReadLimits } from '../formats/limits';
import { readParquet } from '../formats/parquet';
import type { SignalSource } from './signal-source';
import { rowsToArrays } from './table-arrays';
import { TableRows } from './table-rows';

/**
 * Reads a CSV file whose first line names the columns, with commas, semicolons or tabs between them. Beside semicolons
 * and tabs, numbers may have decimal commas.
 */
export async function csvSource(path: string, limits: Required<ReadLimits>): Promise<SignalSource> {
  const delimiter = csvDelimiter(path);
  let table: TableRows | undefined;
  let line = 0;
  for await (const cells of readCsv(path, { header: false, delimiter, limits })) {
    line++;
    if (table === undefined) table = new TableRows(path, cells, limits.maxMemory, delimiter !== ',');
    else table.add(cells, line);
  }
  if (table === undefined) throw new UserError(`${path} is empty. Its first line must name the columns.`);
  return rowsToArrays(table);
}

/** Reads a Parquet file with the columns of a CSV file; a column of lists counts as numbered columns. */
export async function parquetSource(path: string, limits: Required<ReadLimits>): Promise<SignalSource> {
  const { names, rows, columns } = await readParquet(path, { limits });
  const flat = names.flatMap((name) => {
    const first: unknown = columns[name][0];
    return isList(first) ? Array.from({ length: first.length }, (_, k) => `${name}_${k}`) : [name];
  });
  const table = new TableRows(path, flat, limits.maxMemory);
  for (let row = 0; row < rows; row++) {
    table.add(
      names.flatMap((name) => {
        const cell: unknown = columns[name][row];
        return isList(cell) ? Array.from(cell) : [cell];
      }) as number[],
      row + 1,
    );
  }
  return rowsToArrays(table);
}

const isList = (cell: unknown): cell is ArrayLike<unknown> =>
  Array.isArray(cell) || (ArrayBuffer.isView(cell) && !(cell instanceof Uint8Array));
