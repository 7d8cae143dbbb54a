import { basename, extname } from 'node:path';
import { z } from 'zod';
import { badInput, UserError } from '../errors';
import type { ReadLimits } from '../platform/formats/limits';
import { refuseUnsafe } from '../platform/formats/read-file';
import { parseOptions, unknownName } from '../options';
import { contentHash, packContent, isBinary } from './content-hash';
import type { Dataset, ScalingKind, ImageShape } from './dataset';
import { scaleByTrain, numberColumns } from './scaling';
import {
  csvTable,
  parquetTable,
  readTable,
  type FeatureColumn,
  type UserContent,
  sorted,
} from './user-table';
import type { NumericArray } from '../platform/formats/raw-values';
import { openNpz, type NpzFile } from '../platform/formats/npz';
import { planesToPixels } from './image-npz';

/** A data set from a user's own file. */
export interface UserDataset extends Dataset {
  /** What each feature is, [features]; undefined for pictures. */
  readonly columns?: readonly FeatureColumn[];
  /**
   * The data set with its number columns scaled by statistics of the training records only; indicators stay 0 and 1.
   *
   * @param train record numbers of the training part
   * @throws UserError if there are none, or for pictures (`takeFeatures` scales those)
   */
  scaled(train: Int32Array, kind?: ScalingKind): Dataset;
}

const schema = z.strictObject({
  label: z.string().min(1),
  name: z.string().min(1).optional(),
  features: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  drop: z.array(z.string()).optional(),
  categorical: z.array(z.string()).optional(),
  missing: z.array(z.string()).optional(),
  header: z.boolean().optional(),
  delimiter: z.string().length(1).optional(),
  maxMemory: z.number().positive().optional(),
});

/** Options of `userDataset`; all but `label` have a default. */
export interface UserDatasetOptions {
  /** The column (npz: the array) with the class of each record. */
  readonly label: string;
  /** For reports; default the file's name. */
  readonly name?: string;
  /** The columns to use, default all but the label (npz: the array with the features, default the only other one). */
  readonly features?: string | readonly string[];
  /** Columns to leave out. */
  readonly drop?: readonly string[];
  /** Columns of numbers that are categories nevertheless. */
  readonly categorical?: readonly string[];
  /** How missing values are written, default an empty cell, NA, N/A, NaN, null, none and ? in any case. */
  readonly missing?: readonly string[];
  /** CSV: whether the first line names the columns, default true; without, they are named 0, 1, 2, ... */
  readonly header?: boolean;
  /** CSV: default a comma. */
  readonly delimiter?: string;
  /** Bytes that features and labels may take, default 4 GiB. */
  readonly maxMemory?: number;
}

/**
 * Reads a user's own CSV, Parquet or npz file. Columns of numbers become features, columns of text one feature a category
 * (one-hot, categories sorted). Classes are the values of the label column, sorted.
 *
 * @throws UserError for a missing value (with row and column), an unknown column, a file of another kind
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { userDataset } from 'ccl-lab';
 *
 * writeFileSync('patients.csv', 'age,smokes,ill\n40,no,yes\n31,yes,no\n');
 * const patients = await userDataset('patients.csv', { label: 'ill' });
 * console.log(patients.records, patients.classes); // prints 2 2
 * ```
 */
export async function userDataset(path: string, options: UserDatasetOptions): Promise<UserDataset> {
  return userDatasetFrom(formatOf(path), path, options);
}

/** The same from a file whose format is known, whatever its name ends in. */
export async function userDatasetFrom(
  format: TableFormat,
  path: string,
  options: UserDatasetOptions,
): Promise<UserDataset> {
  const parsed = parseOptions('the user data set', schema, options);
  const content = await readers[format](path, parsed, { maxMemory: parsed.maxMemory });
  const { x, y, classNames, columns, image } = content;
  if (classNames.length < 2) {
    throw badInput(
      `${path}: label ${parsed.label}`,
      classNames,
      'at least 2 classes are needed',
      'Name the column that holds the classes',
    );
  }
  const shape = { records: y.length, features: x.length / y.length, classes: classNames.length, image };
  const dataset: Dataset = {
    name: parsed.name ?? basename(path, extname(path)),
    title: parsed.name ?? basename(path),
    synthetic: false,
    ...shape,
    x,
    y,
    classNames,
    sha256: contentHash(packContent({ x, y }), shape),
    source: `own file ${basename(path)}`,
    license: 'none stated',
    citation: 'none stated',
  };
  return { ...dataset, columns, scaled: (train, kind) => scaledNumbers(dataset, columns, train, kind) };
}

function scaledNumbers(
  dataset: Dataset,
  columns: readonly FeatureColumn[] | undefined,
  train: Int32Array,
  kind?: ScalingKind,
): Dataset {
  const numbers = columns?.flatMap((column, j) => (column.kind === 'number' ? [j] : []));
  return scaleByTrain(dataset, train, { kind, columns: numbers });
}

type Reader = (path: string, options: z.output<typeof schema>, limits: ReadLimits) => Promise<UserContent>;

const readers = {
  csv: (path, options, limits) => readTable(csvTable(path, options, limits), options, limits),
  parquet: (path, options, limits) => readTable(parquetTable(path, options, limits), options, limits),
  npz: readUserArrays,
} satisfies Record<string, Reader>;

/** How a user's file is read. */
export type TableFormat = keyof typeof readers;
export const tableFormats = Object.keys(readers) as TableFormat[];

function formatOf(path: string): TableFormat {
  switch (extname(path).toLowerCase()) {
    case '.csv':
    case '.tsv':
    case '.txt':
      return 'csv';
    case '.parquet':
      return 'parquet';
    case '.npz':
      return 'npz';
    default:
      refuseUnsafe(path);
      throw new UserError(
        `${path} is no file that is read as a data set. Known: .csv, .tsv, .parquet and .npz; save it as one of these.`,
      );
  }
}

interface ArrayOptions {
  readonly label: string;
  readonly features?: string | readonly string[];
}

/**
 * Reads features [n, d] (or pixels [n, height, width(, channels)] or [n, channels, height, width], uint8) and labels [n]
 * from an npz file. Labels may be text or numbers; each different one is a class.
 *
 * @throws UserError that names the array, and record and column of a missing or infinite value
 */
export async function readUserArrays(
  path: string,
  options: ArrayOptions,
  limits: ReadLimits,
): Promise<UserContent> {
  const npz = await openNpz(path, limits);
  try {
    if (!npz.names.includes(options.label)) {
      throw unknownName(`array of ${path}`, options.label, npz.names);
    }
    const labels = await labelTexts(npz, options.label);
    const name = await featureArray(npz, options, labels.length);
    const array = await npz.read(name);
    const classNames = sorted([...new Set(labels)]);
    const classOf = new Map(classNames.map((value, i) => [value, i]));
    const y = Int32Array.from(labels, (label) => classOf.get(label)!);
    return { ...features(`${path}: ${name}`, name, array), y, classNames };
  } finally {
    npz.close();
  }
}

async function labelTexts(npz: NpzFile, name: string): Promise<string[]> {
  const { shape, values } =
    (await npz.holds(name)) === 'text' ? await npz.readText(name) : asTexts(await npz.read(name));
  if (shape.length !== 1) {
    throw new UserError(
      `${npz.path}: ${name} has shape ${shape.join(' x ')}, but a class for each record is needed (one axis). Convert one-hot labels with argmax.`,
    );
  }
  const hole = values.findIndex((value) => value.trim() === '' || value === 'NaN');
  if (hole >= 0) throw new UserError(`${npz.path}: ${name}[${hole}] is a missing value. Nothing is guessed.`);
  return values;
}

const asTexts = ({ shape, data }: NumericArray) => ({ shape, values: Array.from(data, String) });

async function featureArray(
  npz: NpzFile,
  { label, features }: ArrayOptions,
  records: number,
): Promise<string> {
  if (features !== undefined && typeof features !== 'string') {
    throw new UserError(`${npz.path}: features must name one array of the npz file.`);
  }
  if (features !== undefined && !npz.names.includes(features)) {
    throw unknownName(`array of ${npz.path}`, features, npz.names);
  }
  const candidates: string[] = [];
  for (const name of features === undefined ? npz.names : [features]) {
    const shape = name === label ? [] : await shapeOf(npz, name);
    if (shape.length >= 2 && shape[0] === records) candidates.push(name);
  }
  if (candidates.length === 1) return candidates[0];
  throw new UserError(
    features === undefined
      ? `${npz.path} has ${candidates.length} arrays with ${records} records beside ${label} (${candidates.join(', ') || 'none'}). Name the one with the features: features.`
      : `${npz.path}: ${features} has no shape ${records} x features, although ${label} has ${records} labels.`,
  );
}

async function shapeOf(npz: NpzFile, name: string): Promise<readonly number[]> {
  // Text is no feature.
  return (await npz.holds(name)) === 'numbers' ? (await npz.header(name)).shape : [];
}

function features(
  what: string,
  name: string,
  { shape, data }: NumericArray,
): Omit<UserContent, 'y' | 'classNames'> {
  if (shape.length > 2) return pixels(what, shape, data);
  const width = shape[1];
  const bad = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new UserError(
      `${what}[${Math.floor(bad / width)}, ${bad % width}] is ${data[bad]}, but values must be there and finite. Correct it or leave the record out; nothing is guessed.`,
    );
  }
  const bytes = data instanceof Uint8Array ? data : undefined;
  const small =
    bytes ?? ((data as Float32Array).every((v) => v === 0 || v === 1) ? Uint8Array.from(data) : undefined);
  const x = small !== undefined && isBinary(small) ? small : Float32Array.from(data);
  const numbers = new Set(numberColumns({ x, features: width }));
  const columns = Array.from({ length: width }, (_, j) => {
    const kind: FeatureColumn['kind'] = numbers.has(j) ? 'number' : 'binary';
    return { name: `${name}[${j}]`, kind };
  });
  return { x, columns };
}

function pixels(
  what: string,
  shape: readonly number[],
  data: NumericArray['data'],
): { x: Uint8Array; image: ImageShape } {
  const [records, a, b, c = 1] = shape;
  const isGrayOrColour = (channels: number): boolean => channels === 1 || channels === 3;
  const last = shape.length <= 4 && isGrayOrColour(c);
  if (!(data instanceof Uint8Array) || (!last && !(shape.length === 4 && isGrayOrColour(a)))) {
    throw new UserError(
      `${what} has shape ${shape.join(' x ')}, but pixels must be uint8, records x height x width (x 1 or 3 channels). Reshape it to records x features if these are no pictures.`,
    );
  }
  if (last) return { x: data, image: { height: a, width: b, channels: c } };
  const image = { height: b, width: c, channels: a };
  const x = new Uint8Array(data.length);
  const size = a * b * c;
  for (let i = 0; i < records; i++) planesToPixels(data, i * size, x, i * size, image);
  return { x, image };
}
