import { closeSync, readSync } from 'node:fs';
import type { AsyncBuffer, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { UserError } from '../errors';
import { unknownName } from '../options';
import type { ReadLimits } from './limits';
import type { NumericData } from './numeric-array';
import { columnOf, type ColumnKind, type ParquetColumn } from './parquet-columns';
import { boundedCompressors, checkFooter, ParquetBudget } from './parquet-pages';
import { openFile } from './read-file';
import { writeFileWhole } from './write-file';

export type { ParquetColumn } from './parquet-columns';

export interface ParquetTable {
  /** Names of the columns that were read, in the order of the file. */
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: Readonly<Record<string, ParquetColumn>>;
}

/**
 * Reads a Parquet file, all codecs and row groups. Numbers become typed arrays (BIGINT float64 where every value is
 * exact, BOOLEAN uint8), text strings; a list of numbers (a column of logits) an array a row; a column with missing
 * values holds null in their place.
 *
 * @param options `columns` are the only ones that are read, if given
 * @throws UserError if it is no whole Parquet file, a column is missing, a BIGINT has no exact float64, or it would take
 *   more memory than the limits allow (known before anything is unpacked)
 */
export async function readParquet(
  path: string,
  options: { readonly columns?: readonly string[]; readonly limits?: ReadLimits } = {},
): Promise<ParquetTable> {
  const fail = (why: string): never => {
    throw new UserError(`${path} cannot be read as a Parquet file: ${why}. Check or export it again.`);
  };
  const { fd, size } = openFile(path);
  try {
    if (size < 12) fail(`it has ${size} bytes`);
    return await readOpen(path, fileBuffer(fd, size), options, fail);
  } catch (error) {
    if (error instanceof UserError) throw error;
    return fail((error as Error).message.replace(/^parquet /, ''));
  } finally {
    closeSync(fd);
  }
}

function fileBuffer(fd: number, size: number): AsyncBuffer {
  return {
    byteLength: size,
    // Not in the background: after an error nothing may be left that reads from a closed file.
    slice(start, end = size) {
      if (!(start >= 0 && start <= end && end <= size))
        throw new Error(`it points at the bytes ${start} to ${end}`);
      const bytes = new Uint8Array(end - start);
      for (let done = 0; done < bytes.length;) {
        const count = readSync(fd, bytes, done, Math.min(bytes.length - done, 2 ** 26), start + done);
        if (count === 0) throw new Error('it became shorter while it was read');
        done += count;
      }
      return bytes.buffer;
    },
  };
}

async function readOpen(
  path: string,
  file: AsyncBuffer,
  { columns, limits }: { readonly columns?: readonly string[]; readonly limits?: ReadLimits },
  fail: (why: string) => never,
): Promise<ParquetTable> {
  const { parquetMetadataAsync, parquetRead, parquetSchema } = await import('hyparquet');
  await checkFooter(file, limits, fail);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const tree = parquetSchema(metadata).children;
  const all = tree.map(({ element }) => element.name);
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  if (twice !== undefined) fail(`two of its columns are named ${twice}`);
  for (const name of columns ?? [])
    if (!all.includes(name)) throw unknownName(`column of ${path}`, name, all);
  const wanted = tree.filter(({ element }) => columns === undefined || columns.includes(element.name));
  const names = wanted.map(({ element }) => element.name);
  const compressors = await boundedCompressors();
  const rows = await checkGroups(file, metadata, wanted, new ParquetBudget(limits, compressors, fail), fail);
  const values = new Map<string, unknown[]>(names.map((name) => [name, []]));
  let start = 0;
  for (const { num_rows } of names.length === 0 ? [] : metadata.row_groups) {
    const end = start + Number(num_rows);
    await parquetRead({
      file,
      metadata,
      columns: names,
      rowStart: start,
      rowEnd: end,
      compressors,
      onChunk: ({ columnName, columnData }) => {
        const list = values.get(columnName);
        for (const value of columnData as ArrayLike<unknown> & Iterable<unknown>) list?.push(value);
      },
    });
    start = end;
  }
  const entries = wanted.map(({ element }) => {
    const list = values.get(element.name) ?? [];
    if (list.length !== rows)
      fail(`column ${element.name} has ${list.length} values, but there are ${rows} rows`);
    return [element.name, columnOf(list, kindOf(element), `column ${element.name} of ${path}`)] as const;
  });
  return { names, rows, columns: Object.fromEntries(entries) };
}

function kindOf({ type, converted_type, logical_type }: SchemaElement): ColumnKind {
  const logical = logical_type as { type?: string; isSigned?: boolean } | undefined;
  const unsigned =
    converted_type === 'UINT_32' || (logical?.type === 'INTEGER' && logical.isSigned === false);
  return { type, unsigned, half: logical?.type === 'FLOAT16' };
}

/** Checks all pages that are going to be read; answers with the number of rows. */
async function checkGroups(
  file: AsyncBuffer,
  metadata: FileMetaData,
  wanted: readonly SchemaTree[],
  budget: ParquetBudget,
  fail: (why: string) => never,
): Promise<number> {
  let rows = 0;
  for (const group of metadata.row_groups) {
    const inGroup = Number(group.num_rows);
    if (!Number.isSafeInteger(inGroup) || inGroup < 0) fail(`a group has ${inGroup} rows`);
    rows += inGroup;
    for (const { meta_data: meta } of group.columns) {
      if (meta === undefined) return fail('a column is encrypted or not described');
      const path = pathOf(wanted, meta.path_in_schema);
      if (path === 'unknown') fail(`its schema does not have ${meta.path_in_schema.join('.')}`);
      else if (path !== 'unwanted') await budget.addColumn(file, { meta, rows: inGroup, path });
    }
  }
  if (rows !== Number(metadata.num_rows))
    fail(`its groups have ${rows} rows, but it says ${metadata.num_rows}`);
  return rows;
}

/** The elements of the schema that lead to the values of a column. */
function pathOf(
  wanted: readonly SchemaTree[],
  names: readonly string[],
): SchemaTree[] | 'unwanted' | 'unknown' {
  const path: SchemaTree[] = [];
  let level = wanted;
  for (const name of names) {
    const next = level.find(({ element }) => element.name === name);
    if (next === undefined) return path.length === 0 ? 'unwanted' : 'unknown';
    path.push(next);
    level = next.children;
  }
  return path.length === 0 || level.length > 0 ? 'unknown' : path;
}

/**
 * Writes columns as a Parquet file (Snappy), whole or not at all. Typed arrays keep their width (8- and 16-bit integers
 * become INT32, uint32 INT64); lists of numbers become lists of DOUBLE, or of FLOAT where they are Float32Array.
 *
 * @throws UserError if the columns are not equally long, or the file cannot be written
 */
export async function writeParquet(
  path: string,
  columns: Readonly<Record<string, ParquetColumn>>,
): Promise<void> {
  const { autoSchemaElement, parquetWriteBuffer } = await import('hyparquet-writer');
  const entries = Object.entries(columns);
  const rows = entries[0]?.[1].length ?? 0;
  const other = entries.find(([, data]) => data.length !== rows);
  if (other !== undefined) {
    throw new UserError(
      `column ${other[0]} has ${other[1].length} values, but ${entries[0][0]} has ${rows}. All columns must be equally long.`,
    );
  }
  const schema: SchemaElement[] = [{ name: 'root', num_children: entries.length }];
  const columnData = entries.map(([name, data]) => {
    const stored = storable(data);
    schema.push(...(listSchema(name, data) ?? [autoSchemaElement(name, stored)]));
    return { name, data: stored };
  });
  writeFileWhole(path, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
}

const isList = (value: unknown): value is NumericData | unknown[] =>
  Array.isArray(value) || ArrayBuffer.isView(value);

type Storable = Int32Array | Float32Array | Float64Array | BigInt64Array | unknown[];

function storable(data: ParquetColumn): Storable {
  if (data instanceof Uint32Array) return BigInt64Array.from(Array.from(data, BigInt));
  if (data instanceof Int32Array || data instanceof Float32Array || data instanceof Float64Array) return data;
  if (Array.isArray(data)) return isList(data[0]) ? data.map((list) => Array.from(list as number[])) : data;
  return Int32Array.from(data);
}

function listSchema(name: string, data: ParquetColumn): SchemaElement[] | undefined {
  if (!Array.isArray(data) || !isList(data[0])) return undefined;
  const type = data[0] instanceof Float32Array ? 'FLOAT' : 'DOUBLE';
  return [
    { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type, repetition_type: 'REQUIRED' },
  ];
}
