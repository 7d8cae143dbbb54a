import { UserError } from '../../errors';
import { type DType, valuesOf } from './raw-values';

/** What stands before the numbers of an .npy file. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The first axis runs fastest in the file. */
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
  /** Bytes before the first value. */
  readonly dataOffset: number;
}

/** The header of any array, numeric or not. */
export interface RawHeader extends Omit<NpyHeader, 'dtype'> {
  /** Kind and size in numpy's letters, such as f4 or U12. */
  readonly code: string;
}

/** More than any header of numbers or text needs; numpy itself stops at 10,000. */
const longestHeader = 2 ** 16;
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** How many bytes the start of a file must have for `parseNpyHeader` to see the whole header. */
export const npyHeaderRoom = longestHeader + 12;

/** numpy's type codes without the byte order. */
export const numpyTypes: Readonly<Record<string, DType>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/**
 * Reads the header of an .npy file (versions 1 to 3) by a strict grammar: a dictionary of descr, fortran_order and
 * shape, and nothing else. Nothing is ever evaluated.
 *
 * @param start the beginning of the file, at most `npyHeaderRoom` bytes are needed
 * @throws UserError that names the array and what is wrong
 */
export function parseNpyHeader(start: Uint8Array, name: string): RawHeader {
  if (start.length < 10 || magic.some((byte, i) => start[i] !== byte)) {
    throw broken(
      name,
      `it starts with ${shownStart(start)}, not with the ten bytes of \\x93NUMPY and a version`,
    );
  }
  const major = start[6];
  const minor = start[7];
  if (major < 1 || major > 3 || minor !== 0) {
    throw broken(name, `its version is ${major}.${minor}, but 1.0, 2.0 and 3.0 are known`);
  }
  const prefix = major === 1 ? 10 : 12;
  if (start.length < prefix) throw broken(name, `it ends after ${start.length} bytes, within its header`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) {
    throw broken(name, `its header would have ${length} bytes, but ${longestHeader} are the most`);
  }
  if (start.length < prefix + length) {
    throw broken(name, `its header has ${length} bytes, but the file ends before`);
  }
  const text = Buffer.from(start.subarray(prefix, prefix + length)).toString(major === 3 ? 'utf8' : 'latin1');
  return { ...parseDictionary(text, name), dataOffset: prefix + length };
}

/**
 * The header of an array of numbers.
 *
 * @throws UserError for text, objects, records, complex numbers and dates, with how to convert them
 */
export function numericHeader({ code, ...rest }: RawHeader, name: string): NpyHeader {
  if (Object.hasOwn(numpyTypes, code)) return { dtype: numpyTypes[code], ...rest };
  throw unknownType(name, code);
}

/** What an array is made of, by its header. */
export function holdsOf({ code }: RawHeader): 'numbers' | 'text' | 'other' {
  if (Object.hasOwn(numpyTypes, code)) return 'numbers';
  return /^[US]/.test(code) ? 'text' : 'other';
}

type Token = { kind: 'text' | 'number' | 'word' | 'mark'; value: string };

/** Splits the text of a header; everything outside the grammar is refused. */
function tokens(text: string, name: string): Token[] {
  const pattern = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?\d+)L?(?![\w.])|([A-Za-z_]\w*)|([{}(),:[\]]))/y;
  const found: Token[] = [];
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      throw broken(
        name,
        `its header has ${JSON.stringify(text.slice(at, at + 40).trim())} where no such thing may stand`,
      );
    }
    const [, single, double, number, word, mark] = match;
    if (number !== undefined) found.push({ kind: 'number', value: number });
    else if (word !== undefined) found.push({ kind: 'word', value: word });
    else if (mark !== undefined) found.push({ kind: 'mark', value: mark });
    else found.push({ kind: 'text', value: single ?? double });
  }
  return found;
}

/** {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } with the keys in any order. */
function parseDictionary(text: string, name: string): Omit<RawHeader, 'dataOffset'> {
  const list = tokens(text, name);
  let next = 0;
  const is = (value: string): boolean => list[next]?.kind === 'mark' && list[next].value === value;
  const need = (value: string): void => {
    if (!is(value)) throw broken(name, `its header has ${shownToken(list[next])} where ${value} must stand`);
    next++;
  };
  let type: { code: string; bigEndian: boolean } | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  need('{');
  while (!is('}')) {
    const key = list[next++];
    need(':');
    if (key.kind === 'text' && key.value === 'descr' && type === undefined) {
      type = parseType(list[next++], name);
    } else if (key.kind === 'text' && key.value === 'fortran_order' && fortranOrder === undefined) {
      fortranOrder = parseBool(list[next++], name);
    } else if (key.kind === 'text' && key.value === 'shape' && shape === undefined) {
      need('(');
      shape = [];
      while (!is(')')) {
        shape.push(parseSize(list[next++], name));
        if (!is(')')) need(',');
      }
      next++;
    } else throw broken(name, `its header has the key ${shownToken(key)}, unknown or for the second time`);
    if (!is('}')) need(',');
  }
  if (next !== list.length - 1)
    throw broken(name, `its header goes on after }, with ${shownToken(list[next + 1])}`);
  if (type === undefined || fortranOrder === undefined || shape === undefined) {
    throw broken(name, 'its header lacks descr, fortran_order or shape');
  }
  checkShape(shape, name);
  return { ...type, fortranOrder, shape };
}

function parseType(token: Token | undefined, name: string): { code: string; bigEndian: boolean } {
  if (token?.kind === 'mark' && token.value === '[') {
    throw new UserError(
      `${name} is an array of records with named fields, which is not read. Store each field as an array of its own: ` +
        'in numpy, np.savez(path, **{field: a[field] for field in a.dtype.names}).',
    );
  }
  const [, order, code] = /^([<>|])([A-Za-z]\d*)$/.exec(token?.kind === 'text' ? token.value : '') ?? [];
  if (code === undefined) throw broken(name, `its type is ${shownToken(token)}, which is none of numpy's`);
  return { code, bigEndian: order === '>' };
}

function parseBool(token: Token | undefined, name: string): boolean {
  if (token?.kind === 'word' && (token.value === 'True' || token.value === 'False'))
    return token.value === 'True';
  throw broken(name, `fortran_order is ${shownToken(token)}, but must be True or False`);
}

function parseSize(token: Token | undefined, name: string): number {
  const size = token?.kind === 'number' ? Number(token.value) : NaN;
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw broken(
    name,
    `its shape has the size ${shownToken(token)}, but sizes are whole numbers from 0 to 2^53`,
  );
}

function checkShape(shape: readonly number[], name: string): void {
  if (shape.length > 64) throw broken(name, `its shape has ${shape.length} axes, but 64 are the most`);
  const values = valuesOf(shape);
  if (values > 2 ** 50) {
    throw broken(
      name,
      `its shape [${shape.join(', ')}] has ${values.toExponential(1)} values, more than any file`,
    );
  }
}

function unknownType(name: string, code: string): UserError {
  const kind = code[0];
  if (kind === 'O') {
    return new UserError(
      `${name} is an array of Python objects (dtype object), which is stored as a pickle and could run code, so it is ` +
        "never read. Store numbers: in numpy, a.astype('float32') (or np.stack of rows of equal length) before saving.",
    );
  }
  if (kind === 'U' || kind === 'S') {
    return new UserError(
      `${name} holds text (dtype ${code}), but numbers are needed. In numpy, a.astype('float64'), or for classes ` +
        'np.unique(a, return_inverse=True)[1].',
    );
  }
  const reason: Readonly<Record<string, string>> = {
    c: 'complex numbers. Store a.real and a.imag',
    M: "dates. Store a.astype('int64')",
    m: "time spans. Store a.astype('int64')",
    V: "raw bytes or a type that numpy does not know (such as bfloat16). Store a.astype('float32')",
    f: "floats of a size that only some machines have. Store a.astype('float64')",
  };
  return new UserError(
    `${name} has dtype ${code}: ${reason[kind] ?? "no numbers that are read. Store a.astype('float64')"}.`,
  );
}

function broken(name: string, why: string): UserError {
  return new UserError(
    `${name} is no whole .npy array: ${why}. Export it again with numpy.save or numpy.savez.`,
  );
}

const shownToken = (token: Token | undefined): string =>
  token === undefined
    ? 'its end'
    : token.kind === 'text'
      ? `'${token.value.slice(0, 60)}'`
      : token.value.slice(0, 60);

const shownStart = (start: Uint8Array): string =>
  start.length === 0 ? 'nothing' : `the bytes ${Buffer.from(start.subarray(0, 10)).toString('hex')}`;
