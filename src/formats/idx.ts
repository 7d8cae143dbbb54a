import type { ReadLimits } from './limits';
import type { NumericArray } from './numeric-array';

/** An array in the IDX format of MNIST. */
export function decodeIdx(bytes: Uint8Array, name: string, limits?: ReadLimits): NumericArray {
  throw new Error(`not there yet ${bytes.length} ${name} ${limits?.maxMemory}`);
}
