import type { ReadLimits } from './limits';
import type { NumericArray } from './numeric-array';

/** What a pickle may hold. bytes are Uint8Array; Python 2's str is a string with a character a byte; int beyond 2^53 is bigint. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | NumericArray
  | readonly PickleValue[]
  | ReadonlyMap<string, PickleValue>;

/** Keys that are bytes or numbers in Python are strings here. */
export function decodePickle(bytes: Uint8Array, name: string, limits?: ReadLimits): PickleValue {
  throw new Error(`not there yet ${bytes.length} ${name} ${limits?.maxMemory}`);
}
/** Throws for files that could run code when they are loaded, with the way to convert; does nothing for others. */
export function refuseUnsafe(path: string): void {
  throw new Error(`not there yet ${path}`);
}
