import { UserError } from '../errors';
import { csvDelimiter, readCsv } from '../platform/formats/csv';
import type { ReadLimits } from '../platform/formats/limits';
import type { NumericArray } from '../platform/formats/raw-values';
import { readParquet } from '../platform/formats/parquet';
import { joined } from '../platform/math/joined';
import { memorySource, type SignalSource } from './signal-source';
import { isText, TableRows, type TablePart } from './table-rows';

/** The arrays [models, records, ...] that a table holds. */
export function rowsToArrays(table: TableRows): SignalSource {
  const models = [...table.parts.keys()].sort((a, b) => a - b);
  if (models.length === 0)
    throw new UserError(`${table.path} has no rows. Store one for each model and record.`);
  models.forEach((model, m) => {
    if (model === m) return;
    throw new UserError(
      `${table.path} has no rows of model ${m}, but of model ${model}. Count models from 0.`,
    );
  });
  const arrays: Record<string, NumericArray | readonly string[]> = {};
  const parts = models.map((model) => table.parts.get(model)!);
  checkEqualRows(table, parts);
  for (const { name, shape } of table.columns) {
    if (name === 'model' || name === 'population') continue;
    if (isText(name)) arrays[name] = sameInAll(table, parts, name, (part) => part.texts.get(name)!);
    else addNumbers(table, parts, name, shape, arrays);
  }
  if (parts[0][1].rows > 0) addPopulation(table, parts, arrays);
  const source = memorySource(table.path, arrays);
  return { ...source, names: [...source.names, ...table.unused] };
}

function checkEqualRows({ path }: TableRows, parts: readonly (readonly [TablePart, TablePart])[]): void {
  parts.forEach((pair, m) => {
    for (const side of [0, 1] as const) {
      if (pair[side].rows === parts[0][side].rows) continue;
      throw new UserError(
        `${path} has ${pair[side].rows} ${side === 0 ? '' : 'population '}rows of model ${m}, but ` +
          `${parts[0][side].rows} of model 0. Store the same records for every model.`,
      );
    }
  });
}

function addNumbers(
  table: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  name: string,
  shape: readonly number[],
  arrays: Record<string, NumericArray | readonly string[]>,
): void {
  const list = parts.map(([part]) => part.numbers.get(name)!);
  const n = parts[0][0].rows;
  const { dtype } = list.reduce((a, b) => (b.dtype === 'float64' ? b : a));
  const perRecord = name === 'labels' || name === 'canaries';
  if (perRecord) {
    const data = sameInAll(table, parts, name, (part) => part.numbers.get(name)!.take());
    arrays[name] = { dtype, shape: [n], data };
  } else if (name === 'randomized_membership') {
    arrays[name] = { dtype, shape: [1], data: list[0].take().slice(0, 1) };
  } else {
    arrays[name] = {
      dtype,
      shape: [parts.length, n, ...shape],
      data: joined(
        Float64Array,
        list.map((l) => l.take()),
      ),
    };
  }
}

function addPopulation(
  table: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  arrays: Record<string, NumericArray | readonly string[]>,
): void {
  const name = 'logits' in arrays ? 'logits' : 'probabilities';
  const column = table.columns.find((known) => known.name === name);
  if (column === undefined) return;
  const z = parts[0][1].rows;
  if (table.columns.some((known) => known.name === 'labels')) {
    const labels = sameInAll(
      table,
      parts.map(([records, population]) => [population, records] as const),
      'labels',
      (part) => part.numbers.get('labels')!.take(),
    );
    const { dtype } = parts[0][1].numbers.get('labels')!;
    arrays.population_labels = { dtype, shape: [z], data: labels };
  }
  const data = joined(
    Float64Array,
    parts.map(([, population]) => population.numbers.get(name)!.take()),
  );
  arrays[`population_${name}`] = { dtype: 'float64', shape: [parts.length, z, ...column.shape], data };
}

/** What must be the same for each model; that of the first one. */
function sameInAll<List extends ArrayLike<string | number>>(
  { path }: TableRows,
  parts: readonly (readonly [TablePart, TablePart])[],
  name: string,
  of: (part: TablePart) => List,
): List {
  const first = of(parts[0][0]);
  parts.forEach(([part], m) => {
    const other = of(part);
    for (let i = 0; i < first.length; i++) {
      if (other[i] === first[i]) continue;
      throw new UserError(
        `${name} of record ${i} in ${path} is ${first[i]} for model 0 and ${other[i]} for model ${m}, but all models ` +
          'must have the same records in the same order. Sort the rows of each model alike.',
      );
    }
  });
  return first;
}

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
