import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { UserError } from '../errors';
import { projectRoot } from '../paths';
import type { Dataset, DatasetFacts } from './dataset';

const sha256 = '927203f85a868f8ee17a0ded1dc61699efe602167beabe34fbf45b4b1de94b33';
// The CSV inside has 4.4 MB; the limit stops a swapped file from inflating without end.
const maxInflated = 16 * 2 ** 20;

export const location30Facts: DatasetFacts = {
  name: 'location30',
  title: 'Location30',
  records: 5010,
  features: 446,
  classes: 30,
  files: [
    {
      name: 'dataset_location.tgz',
      urls: ['https://github.com/privacytrustlab/datasets/raw/master/dataset_location.tgz'],
      bytes: 287_293,
      sha256,
      md5: '66851c781a61f51b35ead292b5f303e3',
    },
  ],
  homepage: 'https://github.com/privacytrustlab/datasets',
  source: 'Foursquare check-ins in Bangkok (Yang et al.), prepared by Shokri et al., S&P 2017',
  license: 'none stated',
  citation:
    'R. Shokri, M. Stronati, C. Song, V. Shmatikov: Membership inference attacks against machine learning models. S&P 2017',
  notes: ['Comes with the project, in data/. All rows are distinct.'],
};

/** Where the archive lies in the project. */
export const location30File = join(projectRoot, 'data', 'dataset_location.tgz');

/**
 * Location30: real check-ins of 5,010 people at 446 places or kinds of places in Bangkok (binary), 30 classes.
 *
 * @param file the archive as published; default the copy in data/
 * @throws UserError if the file is missing, its checksum differs, or its content has another shape
 */
export async function loadLocation30(file: string = location30File): Promise<Dataset> {
  const remedy = 'Restore it with `git checkout data/dataset_location.tgz`, or see data/README.md';
  const archive = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Location30: ${file} cannot be read (${error.code ?? error.message}). ${remedy}.`);
  });
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== sha256) {
    throw new UserError(
      `Location30: ${file} has SHA-256 ${found}, but ${sha256} was expected: it is broken or not the published file. ${remedy}.`,
    );
  }
  const { name, title, records, features, classes, source, license, citation } = location30Facts;
  const { x, y } = parseLocationCsv(await onlyMember(archive), { records, features, classes });
  return {
    name,
    title,
    synthetic: false,
    records,
    features,
    classes,
    x,
    y,
    sha256,
    source,
    license,
    citation,
  };
}

/** The bytes of the first file in a tgz. */
async function onlyMember(archive: Buffer): Promise<Buffer> {
  const tar = extract();
  tar.end(gunzipSync(archive, { maxOutputLength: maxInflated }));
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  throw new UserError('Location30: the archive has no member, but one CSV file was expected.');
}

/**
 * Reads lines of the form `"label",0,1,...`: a label 1 .. classes in double quotes, then binary features.
 *
 * @returns features [records, features] as uint8 and labels [records] in 0 .. classes-1
 * @throws UserError that names the line and what is wrong with it
 */
export function parseLocationCsv(
  csv: Buffer,
  { records, features, classes }: { records: number; features: number; classes: number },
): { x: Uint8Array; y: Int32Array } {
  const lines = csv.toString('latin1').split(/\r?\n/);
  if (lines[lines.length - 1] === '') lines.pop();
  if (lines.length !== records) {
    throw new UserError(
      `Location30: ${lines.length} lines, but ${records} were expected. The file is not whole.`,
    );
  }
  const x = new Uint8Array(records * features);
  const y = new Int32Array(records);
  lines.forEach((line, row) => {
    const match = /^"(\d{1,4})"((?:,[01])*)$/.exec(line);
    if (match === null) {
      throw new UserError(
        `Location30: line ${row + 1} is not a quoted label followed by 0s and 1s. The file is broken.`,
      );
    }
    const label = Number(match[1]);
    if (label < 1 || label > classes) {
      throw new UserError(
        `Location30: line ${row + 1} has label ${label}, but it must be in 1 .. ${classes}. The file is broken.`,
      );
    }
    if (match[2].length !== 2 * features) {
      throw new UserError(
        `Location30: line ${row + 1} has ${match[2].length / 2} features, but ${features} were expected. The file is broken.`,
      );
    }
    y[row] = label - 1;
    for (let j = 0; j < features; j++) x[row * features + j] = match[2].charCodeAt(2 * j + 1) - 48;
  });
  return { x, y };
}
