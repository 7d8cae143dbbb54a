import { UserError } from '../errors';

export interface BinaryCsvOptions {
  /** The file's name, for messages. */
  readonly name: string;
  readonly records: number;
  /** Number of 0/1 columns. */
  readonly features: number;
  /** If given, the first column is a label 1 .. classes. */
  readonly classes?: number;
}

const newline = 10;
const carriageReturn = 13;
const quote = 34;
const comma = 44;
const point = 46;
const zero = 48;

/**
 * Reads zeros and ones from CSV without header, chunk by chunk, into uint8; beside the result only one chunk is in
 * memory. Made for Purchase100 and Texas100: a general reader makes a string of each of their hundreds of millions of
 * values. Values may be written `1`, `1.0` or `"1"`, lines may end with CR LF, a last line break may be missing.
 *
 * @returns features, row-major [records, features], and labels [records] in 0 .. classes-1 (empty without `classes`)
 * @throws UserError that names line and column of the first value that is not allowed, or the number of lines
 */
export async function readBinaryCsv(
  chunks: AsyncIterable<Uint8Array>,
  options: BinaryCsvOptions,
): Promise<{ x: Uint8Array; y: Int32Array }> {
  const parser = new BinaryCsvParser(options);
  for await (const chunk of chunks) parser.push(chunk);
  return parser.finish();
}

/** Where the parser stands within a value. */
const enum At {
  Start,
  Digits,
  Fraction,
  Closed,
}

class BinaryCsvParser {
  private readonly x: Uint8Array;
  private readonly y: Int32Array;
  private row = 0;
  private column = 0;
  private value = 0;
  private at: At = At.Start;
  private quoted = false;
  private readonly labelColumns: number;

  constructor(private readonly options: BinaryCsvOptions) {
    this.labelColumns = options.classes === undefined ? 0 : 1;
    this.x = new Uint8Array(options.records * options.features);
    this.y = new Int32Array(this.labelColumns * options.records);
  }

  push(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === comma) {
        this.endValue();
        this.column++;
      } else if (byte === newline) {
        this.endLine();
      } else if (byte !== carriageReturn) {
        this.character(byte);
      }
    }
  }

  finish(): { x: Uint8Array; y: Int32Array } {
    if (this.column > 0 || this.at !== At.Start) this.endLine();
    const { name, records } = this.options;
    if (this.row !== records) {
      throw new UserError(
        `${name} has ${this.row} lines, but ${records} were expected: it is not whole. Fetch or extract it again.`,
      );
    }
    return { x: this.x, y: this.y };
  }

  private character(byte: number): void {
    const digit = byte - zero;
    if (digit >= 0 && digit <= 9 && this.at <= At.Fraction) {
      if (this.at === At.Fraction) {
        if (digit !== 0) this.failValue();
        return;
      }
      this.value = 10 * this.value + digit;
      this.at = At.Digits;
      if (this.value > 9999) this.failValue();
    } else if (byte === point && this.at === At.Digits) {
      this.at = At.Fraction;
    } else if (byte === quote && this.at === At.Start && !this.quoted) {
      this.quoted = true;
    } else if (byte === quote && this.quoted && (this.at === At.Digits || this.at === At.Fraction)) {
      this.at = At.Closed;
      this.quoted = false;
    } else {
      this.fail(`holds the character ${JSON.stringify(String.fromCharCode(byte))}`);
    }
  }

  private endValue(): void {
    const { records, features, classes } = this.options;
    if (this.at === At.Start || this.quoted) this.fail('is empty or has an open quote');
    if (this.row >= records) this.tooManyLines();
    const feature = this.column - this.labelColumns;
    if (feature < 0) {
      if (this.value < 1 || this.value > classes!) {
        this.fail(`is label ${this.value}, but labels must be in 1 .. ${classes}`);
      }
      this.y[this.row] = this.value - 1;
    } else {
      if (feature >= features) this.wrongColumns('more than');
      if (this.value > 1) this.failValue();
      this.x[this.row * features + feature] = this.value;
    }
    this.value = 0;
    this.at = At.Start;
  }

  private endLine(): void {
    this.endValue();
    const { features } = this.options;
    if (this.column + 1 !== features + this.labelColumns) this.wrongColumns('only');
    this.column = 0;
    this.row++;
  }

  private wrongColumns(how: string): never {
    const expected = this.options.features + this.labelColumns;
    const found = how === 'only' ? this.column + 1 : expected;
    throw new UserError(
      `${this.options.name}, line ${this.row + 1} has ${how} ${found} values, but ${expected} were expected. The file is broken, or another one.`,
    );
  }

  private tooManyLines(): never {
    const { name, records } = this.options;
    throw new UserError(`${name} has more than the ${records} lines that were expected. It is another file.`);
  }

  private failValue(): never {
    this.fail(`is ${this.value}${this.at === At.Fraction ? ' with a fraction' : ''}, but must be 0 or 1`);
  }

  private fail(what: string): never {
    throw new UserError(
      `${this.options.name}, line ${this.row + 1}: value ${this.column + 1} ${what}. The file is broken.`,
    );
  }
}

/**
 * Reads one whole number 1 .. classes a line.
 *
 * @returns labels [records] in 0 .. classes-1
 * @throws UserError that names the line
 */
export async function readLabelLines(
  chunks: AsyncIterable<Uint8Array>,
  { name, records, classes }: { name: string; records: number; classes: number },
): Promise<Int32Array> {
  const { y } = await readBinaryCsv(chunks, { name, records, features: 0, classes });
  return y;
}
