import { basename, extname, resolve } from 'node:path';
import { z } from 'zod';
import { badInput, UserError } from '../errors';
import { parseOptions, unknownName } from '../options';
import type { Dataset, ScalingKind } from './dataset';
import { dataset, type DatasetName, datasetNames } from './registry';
import { withScaling } from './scaling';
import { type TableFormat, tableFormats, userDatasetFrom, type UserDatasetOptions } from './user-dataset';

/** A file of one's own as the data of a study: `{ csv: 'mine.csv', label: 'class' }`. */
export type DataFile = OneOf<TableFormat> &
  Omit<UserDatasetOptions, 'maxMemory'> & {
    /**
     * How columns of numbers are scaled, by the training records of each model alone; default `standard` (mean 0, variance
     * 1). Columns of zeros and ones, categories and pictures are left alone.
     */
    readonly scaling?: ScalingKind | 'none';
    /** Checksum of the records (`ccl study plan` says it); a file with other records is refused. */
    readonly sha256?: string;
  };

/** Exactly one of the keys, each with the path of a file. */
type OneOf<Key extends string> = {
  [K in Key]: { readonly [P in K]: string } & { readonly [P in Exclude<Key, K>]?: undefined };
}[Key];

/** What a study names as its data: a data set of the registry, or a file of one's own. */
export type StudyData = DatasetName | DataFile;

const path = z.string().min(1, 'Must name a file').optional();
const texts = z.array(z.string());
const schema = z.strictObject({
  ...(Object.fromEntries(tableFormats.map((format) => [format, path])) as Record<TableFormat, typeof path>),
  label: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  features: z.union([z.string(), texts.min(1)]).optional(),
  drop: texts.optional(),
  categorical: texts.optional(),
  missing: texts.optional(),
  header: z.boolean().optional(),
  delimiter: z.string().length(1).optional(),
  scaling: z.enum(['standard', 'min-max', 'none']).optional(),
  sha256: z.string().length(64, 'Must be 64 hex digits').optional(),
});

/**
 * Checks what a study names as its data; the path of a file becomes absolute.
 *
 * @param folder from which paths count; default the working folder
 * @throws UserError for an unknown name or option
 */
export function studyDataFrom(value: unknown, folder = ''): StudyData {
  if (typeof value === 'string') {
    if ((datasetNames as readonly string[]).includes(value)) return value as DatasetName;
    const file = /\.(csv|tsv|parquet|npz)$/i.exec(value);
    if (file === null) throw unknownName('data set', value, datasetNames);
    const format = file[1].toLowerCase().replace('tsv', 'csv');
    throw badInput(
      'data',
      value,
      'is a file whose class column is not said',
      `Write { "${format}": ${JSON.stringify(value)}, "label": "COLUMN" }`,
    );
  }
  const checked = parseOptions('data of the study', schema, value);
  const given = tableFormats.filter((format) => checked[format] !== undefined);
  if (given.length !== 1) {
    throw badInput(
      'data of the study',
      value,
      `must name one file, as ${tableFormats.join(', ')}`,
      'Write e.g. { "csv": "mine.csv", "label": "class" }',
    );
  }
  const [format] = given;
  if (checked.label === undefined) {
    const rule = 'must name the column that holds the classes';
    throw badInput(
      `the label of ${checked[format]!}`,
      undefined,
      rule,
      'Write e.g. "label": "class" beside the file',
    );
  }
  return { ...checked, [format]: resolve(folder, checked[format]!) } as DataFile;
}

/**
 * The data of a study with their paths counted from the folder of its file.
 *
 * @param data as it stands in the file, unchecked
 */
export function withPathsFrom(folder: string, data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) =>
      (tableFormats as readonly string[]).includes(key) && typeof value === 'string'
        ? [key, resolve(folder, value)]
        : [key, value],
    ),
  );
}

/**
 * Loads the data of a study. Of an own file the columns of numbers are still as they are: `scaling` says what a model
 * makes of them.
 *
 * @throws UserError if the file cannot be read as a data set, or its records are not those of its checksum
 */
export function studyDataset(data: StudyData): Promise<Dataset> {
  return typeof data === 'string' ? dataset(data) : fileDataset(data);
}

/** @throws UserError if a data set has other records than the plan that it is loaded for */
export function requireRecords(data: Dataset, sha256: string): Dataset {
  if (data.sha256 === sha256) return data;
  throw changed(data.title, data.sha256, sha256, 'the plan of this study');
}

async function fileDataset(file: DataFile): Promise<Dataset> {
  const { scaling = 'standard', sha256, ...rest } = file;
  const [format, place] = placeOf(file);
  const options = Object.fromEntries(
    Object.entries(rest).filter(([key]) => !(tableFormats as readonly string[]).includes(key)),
  ) as unknown as UserDatasetOptions;
  const read = await userDatasetFrom(format, place, options);
  if (sha256 !== undefined && read.sha256 !== sha256) throw changed(place, read.sha256, sha256, 'the study');
  return scaling === 'none' ? read : withScaling(read, scaling);
}

/** What the data are called: in blocks, results and reports. */
export function dataName(data: StudyData): string {
  if (typeof data === 'string') return data;
  const [, place] = placeOf(data);
  return data.name ?? basename(place, extname(place));
}

/** Format and path of a file. */
export function placeOf(file: DataFile): readonly [TableFormat, string] {
  const format = tableFormats.find((each) => file[each] !== undefined)!;
  return [format, file[format]!];
}

function changed(what: string, found: string, wanted: string, whose: string): UserError {
  return new UserError(
    `${what} has other records than ${whose} says: their SHA-256 is ${found}, but ${wanted} was expected. ` +
      'Restore the file, or plan the study anew with the records as they are now (without "sha256").',
  );
}
