import { UserError } from '../errors';
import type { NumericData } from './numeric-array';

/**
 * Numbers as typed arrays, text as strings; lists of numbers, missing values and everything else row by row, missing
 * ones as null.
 */
export type ParquetColumn = NumericData | string[] | unknown[];

/** What the file says about the values of a column. */
export interface ColumnKind {
  readonly type?: string;
  readonly unsigned: boolean;
  /** Half precision, which float32 holds. */
  readonly half: boolean;
}

/** Values of one column, as hyparquet hands them out, in the narrowest form that holds them. */
export function columnOf(
  values: unknown[],
  { type, unsigned, half }: ColumnKind,
  what: string,
): ParquetColumn {
  const plain = values.map((value, row) => plainValue(value, what, row));
  if (plain.length > 0 && plain.every((value) => typeof value === 'string')) return plain as string[];
  if (plain.length > 0 && plain.every((value) => typeof value === 'boolean'))
    return Uint8Array.from(plain, Number);
  if (!plain.every((value) => typeof value === 'number')) return plain;
  const numbers = plain as number[];
  switch (type) {
    case 'BOOLEAN':
      return Uint8Array.from(numbers);
    case 'INT32':
      return unsigned ? Uint32Array.from(numbers) : Int32Array.from(numbers);
    case 'FLOAT':
      return Float32Array.from(numbers);
    case 'BYTE_ARRAY':
      return numbers.length === 0 ? [] : Float64Array.from(numbers);
    default:
      return half ? Float32Array.from(numbers) : Float64Array.from(numbers);
  }
}

function plainValue(value: unknown, what: string, row: number): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return exactNumber(value, what, row);
  if (Array.isArray(value)) return value.map((inner) => plainValue(inner, what, row));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Array.from(value, (inner) => exactNumber(inner, what, row));
  }
  return value;
}

function exactNumber(value: bigint, what: string, row: number): number {
  const number = Number(value);
  if (BigInt(number) === value) return number;
  throw new UserError(
    `${what} has in row ${row} (counted from 0) the number ${value}, which float64 cannot hold exactly. ` +
      'Store the column as INT32 or DOUBLE, or as text if these are names of records.',
  );
}
