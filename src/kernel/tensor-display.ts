/** What is used of a TensorFlow.js tensor. */
interface TensorLike {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<unknown>;
  flatten(): TensorLike;
  slice(begin: number[], size: number[]): TensorLike;
  dispose(): void;
}

const shownValues = 10;

/** Whether a value is a tensor or a variable, whichever copy of TensorFlow.js it comes from. */
export function isTensor(value: object): value is TensorLike {
  const tensor = value as Partial<TensorLike>;
  return (
    typeof tensor.dtype === 'string' &&
    Array.isArray(tensor.shape) &&
    typeof tensor.dataSync === 'function' &&
    typeof tensor.flatten === 'function' &&
    typeof tensor.isDisposed === 'boolean'
  );
}

/** Type, shape and the first ten values in row-major order, e.g. `Tensor float32 [2, 3]: 1, 2, 3, 4, 5, 6`. */
export function tensorText(tensor: TensorLike): string {
  const head = `Tensor ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.isDisposed) return `${head}: disposed`;
  const values = Array.from(firstValues(tensor), (value) => shownValue(value));
  return `${head}: ${values.join(', ')}${tensor.size > shownValues ? ', …' : ''}`;
}

/** Only the shown values leave the backend's memory, and nothing is left behind there. */
function firstValues(tensor: TensorLike): ArrayLike<unknown> {
  if (tensor.size <= shownValues) return tensor.dataSync();
  const flat = tensor.flatten();
  const head = flat.slice([0], [shownValues]);
  const values = head.dataSync();
  head.dispose();
  flat.dispose();
  return values;
}

function shownValue(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
