import { UserError } from '../errors';
import type { DType, NumericArray } from '../platform/formats/raw-values';
import { nearestName } from '../options';
import type { SignalNote } from './signal-set';

/** The arrays that a file of signals may hold; all others are named in the notes and not used. */
export const signalArrayNames = [
  'logits',
  'probabilities',
  'labels',
  'members',
  'augmented',
  'population_logits',
  'population_probabilities',
  'population_labels',
  'groups',
  'gradient_norms',
  'trajectory',
  'canaries',
  'randomized_membership',
  'record_ids',
  'records_checksum',
  'mask_rows',
] as const;
export type SignalArrayName = (typeof signalArrayNames)[number];

/** A numeric array of a file: type and shape at once, the content on demand. */
export interface ArraySource {
  readonly dtype: DType;
  readonly shape: readonly number[];
  read(): Promise<NumericArray>;
  /** The slices along the first axis, one after the other. */
  slices(): AsyncIterable<NumericArray>;
}

/** A file of signals, whatever its format. */
export interface SignalSource {
  /** As the person gave it. */
  readonly path: string;
  readonly names: readonly string[];
  /** @throws UserError if the array is missing or holds no numbers */
  numbers(name: string): Promise<ArraySource>;
  /** The values of a one-dimensional array of text or integers, as text. */
  texts(name: string): Promise<readonly string[]>;
  close(): void;
}

/** Arrays that are in memory already, as a source. */
export function memorySource(
  path: string,
  arrays: Readonly<Record<string, NumericArray | readonly string[]>>,
): SignalSource {
  const find = (name: string): NumericArray | readonly string[] => {
    if (!Object.hasOwn(arrays, name)) throw missingArray(path, name, Object.keys(arrays));
    return arrays[name];
  };
  return {
    path,
    names: Object.keys(arrays),
    numbers: async (name) => {
      const found = find(name);
      if (!('data' in found)) throw notNumeric(path, name);
      return { ...found, read: async () => found, slices: () => memorySlices(found) };
    },
    texts: async (name) => {
      const found = find(name);
      return 'data' in found ? Array.from(found.data, String) : found;
    },
    close: () => undefined,
  };
}

/** Slices of an array in memory along its first axis, without a copy. */
export async function* memorySlices({ dtype, shape, data }: NumericArray): AsyncIterable<NumericArray> {
  const length = shape.slice(1).reduce((product, size) => product * size, 1);
  for (let i = 0; i < shape[0]; i++) {
    yield { dtype, shape: shape.slice(1), data: data.subarray(i * length, (i + 1) * length) };
  }
}

export function missingArray(path: string, name: string, there: readonly string[]): UserError {
  const shown = there.slice(0, 60).join(', ') + (there.length > 60 ? ', ...' : '');
  return new UserError(
    `${path} has no array ${name}, which is needed. It has: ${shown || 'none'}. ` +
      'The arrays are described in docs/audit-a-pytorch-model.md.',
  );
}

export function notNumeric(path: string, name: string): UserError {
  return new UserError(
    `${name} in ${path} holds text, but must hold numbers. Store it with a numeric type, in numpy with .astype(...).`,
  );
}

/** Names in one note, so that a table of a hundred thousand columns does not make as many. */
const namedUnused = 5;

/** Notes on arrays that are not used, with the name that was probably meant. */
export function unusedArrays({ path, names }: SignalSource): SignalNote[] {
  const known: ReadonlySet<string> = new Set(signalArrayNames);
  const unused = names.filter((name) => !known.has(name));
  if (unused.length > namedUnused) {
    const arrays = unused.slice(0, namedUnused);
    return [{ code: 'arrays not used', file: path, arrays, more: unused.length - namedUnused }];
  }
  return unused.map((array) => {
    const meant = nearestName(array, signalArrayNames);
    return { code: 'array not used', file: path, array, ...(meant !== undefined && { meant }) };
  });
}
