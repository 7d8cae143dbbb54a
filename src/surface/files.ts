/**
 * Arrays and tables of other programs: npy, npz, CSV, Parquet.
 *
 * @module files
 */
export type { ReadLimits } from '../platform/formats/limits';
export { decodeNpy, type ArrayToWrite } from '../platform/formats/npy';
export { openNpz, writeNpz, type NpzFile } from '../platform/formats/npz';
export type { DType, NumericArray, NumericData } from '../platform/formats/raw-values';
export { readCsv, type CsvOptions, type CsvRows } from '../platform/formats/csv';
export { readParquet, type ParquetTable } from '../platform/formats/parquet';
