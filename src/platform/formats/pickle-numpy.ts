import {
  type DType,
  type NumericArray,
  type NumericData,
  fromRaw,
  itemSize,
  rowMajor,
  valuesOf,
} from './raw-values';
import { numpyTypes } from './npy-header';
import { checkSize, type ReadLimits } from './limits';
import { latin1 } from './pickle-bytes';

// The few functions of numpy that a pickle of arrays names, as far as they are needed; nothing is looked up or called.

/** A name such as numpy.dtype that stands on the pickle's stack. */
export class Global {
  constructor(readonly name: string) {}
}

/** A numpy.dtype; its byte order follows after it was made. */
export class PickledDType {
  bigEndian = false;
  constructor(readonly dtype: DType) {}
}

/** A numpy.ndarray; its content follows after it was made. */
export class PickledArray implements NumericArray {
  dtype: DType = 'uint8';
  shape: readonly number[] = [0];
  data: NumericData = new Uint8Array(0);
  isWhole = false;
}

interface Context {
  readonly name: string;
  readonly limits: ReadLimits | undefined;
  fail(why: string): never;
}

const modules = ['numpy.core.multiarray', 'numpy._core.multiarray'];
const numericModules = ['numpy.core.numeric', 'numpy._core.numeric'];
const named = (parts: readonly string[], name: string): string[] => parts.map((part) => `${part}.${name}`);

/** What a pickle may name; the same function has two names, before and after numpy 2. */
export const allowedGlobals: readonly string[] = [
  'numpy.ndarray',
  'numpy.dtype',
  '_codecs.encode',
  '__builtin__.bytes',
  'builtins.bytes',
  ...named(modules, '_reconstruct'),
  ...named(modules, 'scalar'),
  ...named(numericModules, '_frombuffer'),
];

/** Does what the function of that name would do with these arguments. */
export function reduce(global: string, args: readonly unknown[], context: Context): unknown {
  switch (global.replace('numpy._core.', 'numpy.core.')) {
    case '_codecs.encode':
      return encoded(args, context);
    case '__builtin__.bytes':
    case 'builtins.bytes':
      return args.length === 0 ? new Uint8Array(0) : context.fail(`it calls ${global} with a value`);
    case 'numpy.dtype':
      return dtype(args, context);
    case 'numpy.core.multiarray._reconstruct':
      return args[0] instanceof Global && args[0].name === 'numpy.ndarray'
        ? new PickledArray()
        : context.fail('it makes an array of another class than numpy.ndarray');
    case 'numpy.core.multiarray.scalar':
      return scalar(args, context);
    case 'numpy.core.numeric._frombuffer':
      return fromBuffer(args, context);
    default:
      return context.fail(`it calls ${global}`);
  }
}

/** Python 3 writes bytes so in protocols 0 to 2. */
function encoded([text, encoding]: readonly unknown[], context: Context): Uint8Array {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) {
    return context.fail('it calls _codecs.encode with another encoding than latin1');
  }
  return latin1Bytes(text) ?? context.fail('its bytes are not latin1');
}

function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'latin1');
  return latin1(bytes) === text ? bytes : undefined;
}

function dtype([code]: readonly unknown[], context: Context): PickledDType {
  if (typeof code === 'string' && Object.hasOwn(numpyTypes, code)) return new PickledDType(numpyTypes[code]);
  if (typeof code === 'string' && code.startsWith('O')) {
    return context.fail(
      'it has an array of Python objects (dtype object), which is never read; store numbers',
    );
  }
  return context.fail(`it has an array of numpy type ${shown(code)}, which is not read`);
}

/** Gives arrays and types what BUILD hands them. */
export function build(target: unknown, state: unknown, context: Context): void {
  if (!Array.isArray(state)) context.fail('a state that follows an array is no tuple');
  if (target instanceof PickledDType) buildDType(target, state as unknown[], context);
  else if (target instanceof PickledArray) buildArray(target, state as unknown[], context);
  else context.fail('a state is given to something else than an array of numpy');
}

/** (version, byte order, subarray, names, fields, ...) */
function buildDType(
  target: PickledDType,
  [, order, subarray, names, fields]: unknown[],
  context: Context,
): void {
  if (subarray !== null || names !== null || fields !== null) {
    context.fail('it has an array of records with named fields, which is not read');
  }
  if (order !== '<' && order !== '>' && order !== '|' && order !== '=') {
    context.fail(`the byte order of an array is ${shown(order)}`);
  }
  target.bigEndian = order === '>';
}

/** (version, shape, dtype, is Fortran order, bytes) */
function buildArray(target: PickledArray, state: unknown[], context: Context): void {
  const [, shape, type, isFortran, raw] = state.length === 4 ? [1, ...state] : state;
  fill(target, { shape, type, isFortran: isFortran === true || isFortran === 1, raw }, context);
}

/** In protocol 5: (buffer, dtype, shape, order). */
function fromBuffer([raw, type, shape, order]: readonly unknown[], context: Context): PickledArray {
  if (order !== 'C' && order !== 'F') context.fail(`the order of an array is ${shown(order)}`);
  const array = new PickledArray();
  fill(array, { shape, type, isFortran: order === 'F', raw }, context);
  return array;
}

function scalar([type, raw]: readonly unknown[], context: Context): number {
  const array = new PickledArray();
  fill(array, { shape: [], type, isFortran: false, raw }, context);
  return array.data[0];
}

interface ArrayState {
  readonly shape: unknown;
  readonly type: unknown;
  readonly isFortran: boolean;
  readonly raw: unknown;
}

function fill(target: PickledArray, { shape, type, isFortran, raw }: ArrayState, context: Context): void {
  if (target.isWhole) context.fail('an array is filled twice');
  if (!(type instanceof PickledDType)) return context.fail('the type of an array is no numpy.dtype');
  const isShape =
    Array.isArray(shape) &&
    shape.length <= 64 &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape) return context.fail(`the shape of an array is ${shown(shape)}`);
  // Python 2 has bytes as str.
  const bytes = typeof raw === 'string' ? latin1Bytes(raw) : raw;
  if (!(bytes instanceof Uint8Array)) return context.fail('the content of an array is no bytes');
  const sizes = shape as number[];
  const expected = valuesOf(sizes) * itemSize[type.dtype];
  if (bytes.length !== expected) {
    context.fail(
      `an array of shape [${sizes.join(', ')}] and type ${type.dtype} needs ${expected} bytes, but has ${bytes.length}`,
    );
  }
  checkSize(`An array in ${context.name}`, expected, context.limits);
  const data = fromRaw(bytes, type.dtype, type.bigEndian, `An array in ${context.name}`);
  target.dtype = type.dtype;
  target.shape = sizes;
  target.data = isFortran ? rowMajor(data, sizes) : data;
  target.isWhole = true;
}

/** Any value of a pickle for a message; big integers and whole arrays too. */
function shown(value: unknown): string {
  if (Array.isArray(value))
    return `[${value
      .slice(0, 8)
      .map((inner) => (Array.isArray(inner) ? '[...]' : shown(inner)))
      .join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' && value !== null ? 'of another type' : String(value);
}
