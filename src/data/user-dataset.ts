import { basename, extname } from 'node:path';
import { z } from 'zod';
import { badInput, UserError } from '../errors';
import type { ReadLimits } from '../platform/formats/limits';
import { refuseUnsafe } from '../platform/formats/read-file';
import { parseOptions } from '../options';
import { contentHash, packContent } from './content-hash';
import type { Dataset, ScalingKind } from './dataset';
import { scaleByTrain } from './scaling';
import { readUserArrays } from './user-arrays';
import { csvTable, parquetTable } from './user-table';
import { readTable, type FeatureColumn, type UserContent } from './table-columns';

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
