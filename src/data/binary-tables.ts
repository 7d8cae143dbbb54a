import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../errors';
import type { ArchiveMember } from '../platform/formats/zip-file';
import type { ReadLimits } from '../platform/formats/limits';
import { openNpz } from '../platform/formats/npz';
import type { NumericArray } from '../platform/formats/raw-values';
import { openFile } from '../platform/formats/read-file';
import { tarMembers } from '../platform/formats/tar';
import type { Content, DatasetFacts, Layout } from './dataset';

/** Readers of the layouts in which Purchase100 and Texas100 are handed out. */

type Chunks = AsyncIterable<Uint8Array>;

/** Streams a file in pieces of 1 MiB. */
const fileChunks = (path: string): Chunks =>
  createReadStream(path, { fd: openFile(path).fd, highWaterMark: 2 ** 20 });

/** One CSV: a label 1 .. classes, then the features. */
export function labeledCsv(paths: readonly string[]): Layout {
  return {
    title: `${paths.join(' or ')} (extracted CSV)`,
    paths: [paths],
    read: ([path], facts) => readBinaryCsv(fileChunks(path), { name: path, ...sizes(facts) }),
  };
}

/** A CSV of features and a file with a label a line. */
export function featuresAndLabels(features: readonly string[], labels: readonly string[]): Layout {
  return {
    title: `${features.join(' or ')} with ${basename(labels[0])} beside it (extracted CSV)`,
    paths: [features, labels],
    async read([featureFile, labelFile], facts) {
      const y = await readLabelLines(fileChunks(labelFile), { name: labelFile, ...sizes(facts) });
      const { x } = await readBinaryCsv(fileChunks(featureFile), {
        name: featureFile,
        records: facts.records,
        features: facts.features,
      });
      return { x, y };
    },
  };
}

/** An archive with one CSV of that name. */
export function labeledCsvArchive(names: readonly string[], member: string): Layout {
  return {
    title: names.join(' or '),
    paths: [names],
    async read([path], facts, limits) {
      const read = await readMembers(path, [member], limits, (found, chunks) =>
        readBinaryCsv(chunks, { name: `${path}: ${found.name}`, ...sizes(facts) }),
      );
      return read[member];
    },
  };
}

/** An archive with features and labels apart. */
export function featuresAndLabelsArchive(names: readonly string[]): Layout {
  return {
    title: names.join(' or '),
    paths: [names],
    async read([path], facts, limits) {
      const { feats, labels } = await readMembers(
        path,
        ['feats', 'labels'],
        limits,
        async (found, chunks) => {
          const name = `${path}: ${found.name}`;
          const { records, features } = facts;
          if (basename(found.name) === 'feats') return readBinaryCsv(chunks, { name, records, features });
          return { x: new Uint8Array(0), y: await readLabelLines(chunks, { name, ...sizes(facts) }) };
        },
      );
      return { x: feats.x, y: labels.y };
    },
  };
}

const sizes = ({ records, features, classes }: DatasetFacts) => ({ records, features, classes });

/** Streams the wanted members (by the last part of their names) through a reader; each must be there once. */
async function readMembers(
  path: string,
  wanted: readonly string[],
  limits: ReadLimits,
  read: (member: ArchiveMember, chunks: Chunks) => Promise<Content>,
): Promise<Record<string, Content>> {
  const found: Record<string, Content> = {};
  const others: string[] = [];
  for await (const member of tarMembers(path, limits)) {
    const name = wanted.find((candidate) => basename(member.name) === candidate);
    if (name === undefined || found[name] !== undefined) others.push(member.name);
    else found[name] = await read(member, await member.stream());
  }
  const missing = wanted.find((name) => found[name] === undefined);
  if (missing !== undefined) {
    throw new UserError(
      `${path} has no member ${missing}${others.length > 0 ? `, but ${others.slice(0, 5).join(', ')}` : ''}. It is another archive, or not whole.`,
    );
  }
  return found;
}

/** Names that the two arrays have in packings that are about. */
const arrayNames: Readonly<Record<'features' | 'labels', readonly string[]>> = {
  features: ['features', 'feats', 'x', 'X', 'data'],
  labels: ['labels', 'label', 'y', 'Y', 'target', 'targets'],
};

/** The .npz form: arrays `features` [n, d] of zeros and ones and `labels`, one-hot [n, classes] or numbers [n]. */
export function binaryNpz(names: readonly string[]): Layout {
  return {
    title: `${names.join(' or ')} (arrays features and labels)`,
    paths: [names],
    async read([path], facts, limits) {
      const npz = await openNpz(path, limits);
      try {
        const nameOf = (kind: 'features' | 'labels'): string =>
          arrayNames[kind].find((name) => npz.names.includes(name)) ?? kind;
        const features = nameOf('features');
        const { shape } = await npz.header(features);
        if (shape.length !== 2 || shape[0] !== facts.records || shape[1] !== facts.features) {
          throw new UserError(
            `${path}: ${features} has shape ${shape.join(' x ')}, but ${facts.records} x ${facts.features} was expected. It is another data set.`,
          );
        }
        const x = await binaryRows(path, npz.slices(features), facts);
        return { x, y: classLabels(`${path}: labels`, await npz.read(nameOf('labels')), facts) };
      } finally {
        npz.close();
      }
    },
  };
}

async function binaryRows(
  path: string,
  slices: AsyncIterable<NumericArray>,
  { records, features }: DatasetFacts,
): Promise<Uint8Array> {
  const x = new Uint8Array(records * features);
  let row = 0;
  for await (const { data } of slices) {
    const start = row * features;
    for (let j = 0; j < features; j++) {
      const value = data[j];
      if (value !== 0 && value !== 1) {
        throw new UserError(
          `${path}: features[${row}, ${j}] is ${value}, but must be 0 or 1. The file is broken, or another one.`,
        );
      }
      x[start + j] = value;
    }
    row++;
  }
  return x;
}

/**
 * Class numbers 0 .. classes-1 from one-hot rows or from numbers that start at `first` (if it is not known: at 1 unless
 * there is a 0).
 *
 * @throws UserError that names the record
 */
export function classLabels(
  what: string,
  { shape, data }: NumericArray,
  { records, classes, first: known }: { records: number; classes: number; first?: 0 | 1 },
): Int32Array {
  if (shape[0] === records && shape.length === 2 && shape[1] === classes && classes > 1) {
    return oneHotLabels(what, data, records, classes);
  }
  if (data.length !== records || shape[0] !== records) {
    throw new UserError(
      `${what} has shape ${shape.join(' x ')}, but ${records} or ${records} x ${classes} was expected.`,
    );
  }
  const first = known ?? (data.some((label) => label === 0) ? 0 : 1);
  return Int32Array.from(data as ArrayLike<number>, (label, record) => {
    if (Number.isInteger(label) && label >= first && label < first + classes) return label - first;
    throw new UserError(
      `${what}: record ${record} has label ${label}, but it must be a whole number in ${first} .. ${first + classes - 1}.`,
    );
  });
}

function oneHotLabels(what: string, data: ArrayLike<number>, records: number, classes: number): Int32Array {
  return Int32Array.from({ length: records }, (_, record) => {
    let label = -1;
    for (let k = 0; k < classes; k++) {
      const value = data[record * classes + k];
      if (value === 0) continue;
      if (value !== 1 || label >= 0) {
        throw new UserError(`${what}: record ${record} is not one-hot (exactly one 1, else 0).`);
      }
      label = k;
    }
    if (label < 0) throw new UserError(`${what}: record ${record} is not one-hot: it has no 1.`);
    return label;
  });
}

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
