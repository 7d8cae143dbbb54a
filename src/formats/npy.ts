import type { ReadLimits } from './limits';
import type { DType, NumericArray, NumericData } from './numeric-array';

export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
  readonly dataOffset: number;
}
export interface TextArray {
  readonly shape: readonly number[];
  readonly values: string[];
}
export interface ArrayToWrite {
  readonly shape: readonly number[];
  readonly data: NumericData;
  readonly dtype?: DType;
}
export function decodeNpy(bytes: Uint8Array, name: string, limits?: ReadLimits): NumericArray {
  throw new Error(`not there yet ${bytes.length} ${name} ${limits?.maxMemory}`);
}
export function decodeNpyText(bytes: Uint8Array, name: string, limits?: ReadLimits): TextArray {
  throw new Error(`not there yet ${bytes.length} ${name} ${limits?.maxMemory}`);
}
export function encodeNpy(array: ArrayToWrite): Uint8Array {
  throw new Error(`not there yet ${array.data.length}`);
}
