/** Numbers as files hold them; `float16` and big-endian values are widened or swapped on reading. */
export type DType =
  | 'bool'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

/** What numbers are read into: bool becomes uint8, float16 float32; int64 and uint64 float64 if every value is exact. */
export type NumericData =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** An array with its shape, always row-major (C order) in memory. */
export interface NumericArray {
  /** The type in the file. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major; its length is the product of the shape. */
  readonly data: NumericData;
}
