import { badInput, UserError } from '../errors';
import { shownBytes } from '../platform/formats/limits';
import type { DType } from '../platform/formats/raw-values';
import { otherNames, statisticNames } from './foreign-arrays';

// A table has one row for each model and record. Columns with an index (logits_3, augmented_1_3) make up one value of
// an array [record, 3] or [record, 1, 3]; the others hold one value a row.

/** Column names that mean the same as an array of the file formats with shapes. */
const aliases: Readonly<Record<string, string>> = {
  ...otherNames,
  target: 'labels',
  record: 'record_ids',
  id: 'record_ids',
};
const scalars = [
  'labels',
  'members',
  'model',
  'population',
  'groups',
  'canaries',
  'record_ids',
  'randomized_membership',
  ...statisticNames,
];
/** What a population record needs; it is in no training set. */
const ofPopulations = ['labels', 'logits', 'probabilities'];
const indexed = ['logits', 'probabilities', 'augmented', 'trajectory', 'gradient_norms'];
export const isText = (name: string): boolean => name === 'groups' || name === 'record_ids';

type Cell = string | number | boolean | bigint | Uint8Array | null | undefined;

/** Numbers that keep coming; the room doubles. */
class Numbers {
  private data = new Float64Array(0);
  length = 0;
  isBool = true;
  isWhole = true;

  /** Answers with the bytes that this took: of the room, and of the whole array that is made of it at the end. */
  push(value: number): number {
    let taken = 0;
    if (this.length === this.data.length) {
      const larger = new Float64Array(Math.max(8, 2 * this.length));
      larger.set(this.data);
      taken = 2 * (larger.byteLength - this.data.byteLength);
      this.data = larger;
    }
    this.data[this.length++] = value;
    return taken;
  }
  take(): Float64Array {
    return this.data.subarray(0, this.length);
  }
  get dtype(): DType {
    return this.isBool ? 'bool' : this.isWhole ? 'int64' : 'float64';
  }
}

/** One array of a table: the columns it comes from, in order, and its shape for a record. */
interface Columns {
  readonly name: string;
  readonly at: readonly number[];
  readonly shape: readonly number[];
}

/** What was read for one model, or for its population records. */
export interface TablePart {
  readonly numbers: Map<string, Numbers>;
  readonly texts: Map<string, string[]>;
  rows: number;
}

/** Takes the rows of a table one by one. */
export class TableRows {
  readonly columns: readonly Columns[];
  /** Parts by model, and in it records (0) and population (1). */
  readonly parts = new Map<number, [TablePart, TablePart]>();
  /** Columns that are not used. */
  readonly unused: readonly string[];
  private readonly width: number;
  private bytes = 0;
  private readonly single: ReadonlyMap<string, number>;

  constructor(
    readonly path: string,
    names: readonly string[],
    private readonly maxMemory = Infinity,
    /** Whether numbers have a comma for the decimal point, as spreadsheets of many countries write them. */
    private readonly decimalComma = false,
  ) {
    this.width = names.length;
    const { columns, unused } = groupColumns(path, names);
    this.columns = columns;
    this.single = new Map(columns.map(({ name, at }) => [name, at[0]]));
    this.unused = unused;
  }

  /** @param line number of the row in the file, for messages */
  add(cells: readonly Cell[], line: number): void {
    if (cells.length !== this.width) {
      throw new UserError(
        `line ${line} of ${this.path} has ${cells.length} values, but there are ${this.width} columns. Correct the line.`,
      );
    }
    const model = this.one('model', cells, line);
    if (!Number.isInteger(model) || model < 0) {
      throw badInput(
        `model in line ${line} of ${this.path}`,
        model,
        'must be a whole number',
        'Count from 0',
      );
    }
    const ofPopulation = this.one('population', cells, line) === 1;
    const part = this.part(model)[ofPopulation ? 1 : 0];
    part.rows++;
    for (const column of this.columns) {
      if (ofPopulation && !ofPopulations.includes(column.name)) continue;
      this.addTo(part, column, cells, line);
    }
  }

  private one(name: 'model' | 'population', cells: readonly Cell[], line: number): number {
    const at = this.single.get(name);
    return at === undefined ? 0 : this.number(cells[at], name, line, at).value;
  }

  private addTo(part: TablePart, { name, at }: Columns, cells: readonly Cell[], line: number): void {
    if (name === 'model' || name === 'population') return;
    if (isText(name)) {
      part.texts.set(name, part.texts.get(name) ?? []);
      const text = textOf(cells[at[0]]);
      part.texts.get(name)!.push(text);
      this.take(2 * text.length + textBytes);
      return;
    }
    const numbers = part.numbers.get(name) ?? new Numbers();
    part.numbers.set(name, numbers);
    for (const i of at) {
      const { value, isBool } = this.number(cells[i], name, line, i);
      numbers.isBool &&= isBool;
      numbers.isWhole &&= Number.isInteger(value);
      this.take(numbers.push(value));
    }
    if (name === 'logits' && at.some((i) => cells[i] === null)) this.checkNulls(cells, at, line);
  }

  /** JSON has no infinity, so writers make null of it; what is meant is clear only beside log-probabilities. */
  private checkNulls(cells: readonly Cell[], at: readonly number[], line: number): void {
    const sum = at.reduce((total, i) => total + (cells[i] === null ? 0 : Math.exp(Number(cells[i]))), 0);
    if (Math.abs(sum - 1) < 1e-3) return;
    throw new UserError(
      `logits in line ${line} of ${this.path} hold null, but must be numbers. If it stands for minus infinity, store ` +
        'log-probabilities or -1e30 in its place, since JSON has no infinity.',
    );
  }

  /** @throws UserError if so many bytes more are above the limit */
  private take(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= this.maxMemory) return;
    throw new UserError(
      `${this.path} takes more memory than ${shownBytes(this.maxMemory)}, with ${this.parts.size} models. Store the arrays as ` +
        'npz, which is read piece by piece, or raise --max-memory; if these are too many models, look at the column model.',
    );
  }

  private part(model: number): [TablePart, TablePart] {
    const empty = (): TablePart => ({ numbers: new Map(), texts: new Map(), rows: 0 });
    const known = this.parts.get(model);
    if (known !== undefined) return known;
    const made: [TablePart, TablePart] = [empty(), empty()];
    this.parts.set(model, made);
    this.take(partBytes);
    return made;
  }

  private number(cell: Cell, name: string, line: number, column: number): { value: number; isBool: boolean } {
    if (typeof cell === 'boolean') return { value: Number(cell), isBool: true };
    const text = typeof cell === 'string' ? cell.trim() : cell;
    const isYesOrNo = yesOrNo.includes(name);
    if (isYesOrNo && typeof text === 'string') {
      const truth = truths.get(text.toLowerCase());
      if (truth !== undefined) return { value: truth, isBool: true };
    }
    const value = this.numberIn(text, name);
    const isOutput = indexed.includes(name) && name !== 'gradient_norms';
    if (Number.isFinite(value) || (isOutput && value === -Infinity)) return { value, isBool: false };
    const where = `${name} in line ${line}, column ${column + 1}, of ${this.path}`;
    const shown = typeof cell === 'bigint' || cell instanceof Uint8Array ? textOf(cell) : (cell ?? '');
    if (isYesOrNo) {
      const rule = 'must be 1 or 0, true or false, yes or no (also T, F, Y and N, in any case)';
      throw badInput(where, shown, rule, 'Write such words in English, or as 1 and 0');
    }
    const isComma = typeof text === 'string' && commaNumber.test(text);
    const rule = isComma ? 'has a comma where the decimal point must stand' : 'must be a finite number';
    const remedy = isComma
      ? 'Save the file with semicolons between the columns, or with decimal points'
      : 'Correct the value';
    throw badInput(where, shown, rule, remedy);
  }

  private numberIn(text: Exclude<Cell, boolean>, name: string): number {
    if (text === null) return name === 'logits' ? -Infinity : NaN;
    if (text === '' || text === undefined || text instanceof Uint8Array) return NaN;
    if (typeof text !== 'string') return Number(text);
    if (this.decimalComma && commaNumber.test(text)) return Number(text.replace(',', '.'));
    return /^-inf(inity)?$/i.test(text) ? -Infinity : Number(text);
  }
}

/** What a text and a part of a model take beside their content, about. */
const textBytes = 32;
const partBytes = 1024;

const yesOrNo = ['members', 'population', 'canaries', 'randomized_membership'];
/** As Python, R and spreadsheets write them. */
const truths = new Map([
  ...['true', 't', 'yes', 'y'].map((word) => [word, 1] as const),
  ...['false', 'f', 'no', 'n'].map((word) => [word, 0] as const),
]);
const commaNumber = /^[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?$/i;

/** Bytes that are no text keep their differences as hexadecimal digits. */
const textOf = (cell: Cell): string =>
  cell instanceof Uint8Array ? `0x${Buffer.from(cell).toString('hex')}` : String(cell ?? '');

/** Finds the arrays in the names of columns. */
function groupColumns(path: string, names: readonly string[]): { columns: Columns[]; unused: string[] } {
  const found = new Map<string, { at: number; index: number[] }[]>();
  const unused: string[] = [];
  names.forEach((given, at) => {
    // R has dots where others have underscores.
    const name = given.trim().toLowerCase().replace(/\./g, '_');
    const [, stem, tail = ''] = /^(.*?)((?:_\d+)*)$/.exec(name) ?? [];
    const known = aliases[stem] ?? stem;
    const index = tail.split('_').slice(1).map(Number);
    const fits =
      index.length === 0 ? scalars.includes(known) || indexed.includes(known) : indexed.includes(known);
    if (!fits) unused.push(given);
    else {
      const list = found.get(known) ?? [];
      if (list.length === 0) found.set(known, list);
      list.push({ at, index });
    }
  });
  if (!found.has('members')) {
    throw new UserError(
      `${path} has no column member, which is needed. Its columns are: ${names.slice(0, 20).join(', ')}. ` +
        'The first line must hold their names: label, member, logits_0, logits_1, ... (and model, group, ... if there).',
    );
  }
  const columns = [...found].map(([name, list]) => ({ name, ...box(path, name, list) }));
  return { columns, unused };
}

/** The columns of one array in row-major order, and its shape; every index must be there once. */
function box(
  path: string,
  name: string,
  list: readonly { at: number; index: readonly number[] }[],
): Omit<Columns, 'name'> {
  const axes = list[0].index.length;
  const shape = Array.from(
    { length: axes },
    (_, axis) => list.reduce((most, { index }) => Math.max(most, index[axis]), 0) + 1,
  );
  const size = shape.reduce((product, length) => product * length, 1);
  const places = new Map(
    list.map(({ at, index }) => [index.reduce((flat, i, axis) => flat * shape[axis] + i, 0), at]),
  );
  if (list.some(({ index }) => index.length !== axes) || places.size !== size || list.length !== size) {
    throw new UserError(
      `${path} has ${list.length} columns of ${name}, but their numbers (from 0) must form a whole array ` +
        `${size === 1 ? '' : `of ${size} `}without gaps or repetitions. Number them ${name}_0, ${name}_1, ...`,
    );
  }
  return { at: Array.from({ length: size }, (_, flat) => places.get(flat)!), shape };
}
