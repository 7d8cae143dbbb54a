import { writeFileSync } from 'node:fs';
import type { SchemaElement } from 'hyparquet';
import { autoSchemaElement, parquetWriteBuffer } from 'hyparquet-writer';
import { npyParts, type ArrayToWrite } from '../../src/platform/formats/npy';
import type { ParquetColumn } from '../../src/platform/formats/parquet';
import type { NumericData } from '../../src/platform/formats/raw-values';

/** An .npy file. */
export function encodeNpy(array: ArrayToWrite, name = 'the array'): Uint8Array {
  const { header, body } = npyParts(array, name);
  return Buffer.concat([header, body]);
}

/**
 * Writes columns as a Parquet file (Snappy). Typed arrays keep their width (8- and 16-bit integers
 * become INT32, uint32 INT64); lists of numbers become lists of DOUBLE, or of FLOAT where they are Float32Array.
 */
export function writeParquet(path: string, columns: Readonly<Record<string, ParquetColumn>>): void {
  const entries = Object.entries(columns);
  const schema: SchemaElement[] = [{ name: 'root', num_children: entries.length }];
  const columnData = entries.map(([name, data]) => {
    const stored = storable(data);
    schema.push(...(listSchema(name, data) ?? [autoSchemaElement(name, stored)]));
    return { name, data: stored };
  });
  writeFileSync(path, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
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
