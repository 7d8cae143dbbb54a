import type { ReadLimits } from './limits';
import type { NumericData } from './numeric-array';

export type ParquetColumn = NumericData | string[] | unknown[];
export interface ParquetTable {
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: Readonly<Record<string, ParquetColumn>>;
}
export async function readParquet(
  path: string,
  options: { readonly columns?: readonly string[]; readonly limits?: ReadLimits } = {},
): Promise<ParquetTable> {
  throw new Error(`not there yet ${path} ${options.columns?.length}`);
}
export async function writeParquet(
  path: string,
  columns: Readonly<Record<string, ParquetColumn>>,
): Promise<void> {
  throw new Error(`not there yet ${path} ${Object.keys(columns).join()}`);
}
