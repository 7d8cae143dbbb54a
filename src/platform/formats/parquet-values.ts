import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';

/** Numbers of a list column: `values` row-major [rows, width]. */
export interface ListColumn {
  readonly values: Float32Array;
  readonly width: number;
}

/** A column to be written. Uint8Array holds truth values, 0 or 1. */
export type ValueColumn =
  Int32Array | Float32Array | Float64Array | Uint8Array | readonly string[] | ListColumn;

/** Where the values of a column stand in a file, one after the other: byte offset and number of values of each piece. */
export type ValuePlaces = readonly (readonly [offset: number, values: number])[];

export interface EncodedParquet {
  readonly bytes: Uint8Array;
  /** Of the columns that were asked for. */
  readonly places: Readonly<Record<string, ValuePlaces>>;
}

/** Values that a row group has at most: the writer keeps several lists of that length. */
const groupValues = 2 ** 20;
const largestPage = 2 ** 31 - 1;

/**
 * A Parquet file whose `plain` columns hold their values uncompressed and as they are in memory, so that they can be read
 * by their places without unpacking anything. The other columns are packed (dictionary and Snappy).
 *
 * @param columns equally long, in the order of the file
 */
export async function encodeParquetValues(
  columns: Readonly<Record<string, ValueColumn>>,
  plain: readonly string[],
): Promise<EncodedParquet> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const entries = Object.entries(columns);
  const schema: SchemaElement[] = [{ name: 'root', num_children: entries.length }];
  const columnData = entries.map(([name, column]): ColumnSource => {
    schema.push(...schemaOf(name, column));
    const data = sourceOf(column) as ColumnSource['data'];
    if (plain.includes(name))
      return { name, data, encoding: 'PLAIN', codec: 'UNCOMPRESSED', offsetIndex: false };
    return { name, data };
  });
  const widest = Math.max(1, ...entries.map(([, column]) => (isList(column) ? column.width : 1)));
  const rowGroupSize = Math.max(1, Math.floor(groupValues / widest));
  const bytes = new Uint8Array(
    parquetWriteBuffer({ columnData, schema, rowGroupSize, pageSize: largestPage }),
  );
  return { bytes, places: await placesOf(bytes, plain) };
}

/** The values at these places, copied. @param what kind of the column's numbers */
export function plainValues<Kind extends keyof typeof kinds>(
  bytes: Uint8Array,
  places: ValuePlaces,
  kind: Kind,
): InstanceType<(typeof kinds)[Kind]> {
  const Values = kinds[kind];
  const total = places.reduce((sum, [, count]) => sum + count, 0);
  const out = new Values(total);
  const raw = new Uint8Array(out.buffer);
  let done = 0;
  for (const [offset, count] of places) {
    const length = count * Values.BYTES_PER_ELEMENT;
    if (!(offset >= 0 && offset + length <= bytes.length)) throw new Error('values lie beyond the file');
    raw.set(bytes.subarray(offset, offset + length), done);
    done += length;
  }
  return out as InstanceType<(typeof kinds)[Kind]>;
}

/** Truth values at these places (one bit each), as 0 and 1. */
export function plainBits(bytes: Uint8Array, places: ValuePlaces): Uint8Array {
  const out = new Uint8Array(places.reduce((sum, [, count]) => sum + count, 0));
  let done = 0;
  for (const [offset, count] of places) {
    if (!(offset >= 0 && offset + count / 8 <= bytes.length)) throw new Error('values lie beyond the file');
    for (let i = 0; i < count; i++) out[done + i] = (bytes[offset + (i >> 3)] >> (i & 7)) & 1;
    done += count;
  }
  return out;
}

const kinds = { int32: Int32Array, float32: Float32Array, float64: Float64Array } as const;

const isList = (column: ValueColumn): column is ListColumn => 'width' in column;

function schemaOf(name: string, column: ValueColumn): SchemaElement[] {
  const repetition_type = 'REQUIRED';
  if (isList(column)) {
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type },
    ];
  }
  if (column instanceof Int32Array) return [{ name, type: 'INT32', repetition_type }];
  if (column instanceof Float32Array) return [{ name, type: 'FLOAT', repetition_type }];
  if (column instanceof Float64Array) return [{ name, type: 'DOUBLE', repetition_type }];
  if (column instanceof Uint8Array) return [{ name, type: 'BOOLEAN', repetition_type }];
  return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type }];
}

function sourceOf(column: ValueColumn): ArrayLike<unknown> {
  if (column instanceof Uint8Array) return Array.from(column, (value) => value === 1);
  if (!isList(column)) return column;
  const { values, width } = column;
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

/** The values of a plain column end each of its chunks, since a chunk is one uncompressed page. */
async function placesOf(
  bytes: Uint8Array,
  plain: readonly string[],
): Promise<Record<string, (readonly [number, number])[]>> {
  const { parquetMetadata } = await import('hyparquet');
  const { row_groups: groups } = parquetMetadata(bytes.buffer as ArrayBuffer);
  const places: Record<string, (readonly [number, number])[]> = Object.fromEntries(
    plain.map((name) => [name, []]),
  );
  for (const { columns } of groups) {
    for (const { meta_data: meta } of columns) {
      if (meta === undefined || !plain.includes(meta.path_in_schema[0])) continue;
      const count = Number(meta.num_values);
      const end = Number(meta.data_page_offset) + Number(meta.total_compressed_size);
      places[meta.path_in_schema[0]].push([end - Math.ceil(count * bytesOf[meta.type]), count]);
    }
  }
  return places;
}

/** Bytes of a value by Parquet's types. */
const bytesOf: Readonly<Record<string, number>> = { BOOLEAN: 1 / 8, INT32: 4, FLOAT: 4, DOUBLE: 8 };
