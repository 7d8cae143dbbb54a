import { UserError } from '../errors';
import { gunzip } from '../platform/formats/gzip';
import { decodeIdx } from '../platform/formats/idx';
import type { ReadLimits } from '../platform/formats/limits';
import { readBytes } from '../platform/formats/read-file';
import type { Content, DatasetFacts, Layout } from './dataset';
import { imageNpz } from './image-npz';

/** Order in which the four files of MNIST and its kin are read. */
export const idxFiles = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;

/** The four idx files of MNIST and its kin, raw or gz, or the .npz of Keras. */
export function idxLayouts(npzNames: readonly string[]): Layout[] {
  // Some copies have a dot where the name had a hyphen.
  const spellings = (name: string): string[] => [name, name.replace('-idx', '.idx')];
  return [
    {
      title: `${idxFiles[0]} and the three others (idx, raw)`,
      quick: true,
      paths: idxFiles.map(spellings),
      read: readIdx,
    },
    {
      title: `${idxFiles[0]}.gz and the three others (idx, gz; raw ones may be among them)`,
      paths: idxFiles.map((name) => spellings(name).flatMap((spelling) => [`${spelling}.gz`, spelling])),
      read: readIdx,
    },
    imageNpz(npzNames),
  ];
}

async function readIdx(paths: readonly string[], facts: DatasetFacts, limits: ReadLimits): Promise<Content> {
  const { records, features, officialTrain = records, image } = facts;
  const x = new Uint8Array(records * features);
  const y = new Int32Array(records);
  const counts = [officialTrain, records - officialTrain];
  for (const [part, count] of counts.entries()) {
    const start = part * officialTrain;
    const pixelShape = [count, image!.height, image!.width];
    x.set(await idxArray(paths[2 * part], pixelShape, limits), start * features);
    y.set(await idxArray(paths[2 * part + 1], [count], limits), start);
  }
  const wrong = y.findIndex((label) => label >= facts.classes);
  if (wrong >= 0) {
    const [path, record] = wrong < officialTrain ? [paths[1], wrong] : [paths[3], wrong - officialTrain];
    throw new UserError(
      `${path}: record ${record} has label ${y[wrong]}, but ${facts.title} has the classes 0 .. ${facts.classes - 1}. The file is broken, or another one.`,
    );
  }
  return { x, y };
}

async function idxArray(path: string, expected: readonly number[], limits: ReadLimits): Promise<Uint8Array> {
  const expectedBytes = expected.reduce((product, size) => product * size, 4 + 4 * expected.length);
  // Another set of this family is named by its sizes; anything larger is refused unread.
  const maxBytes = Math.max(expectedBytes, 2 ** 27);
  const bytes = path.endsWith('.gz')
    ? await gunzip(path, { maxBytes, limits })
    : readBytes(path, { maxMemory: maxBytes });
  const { shape, data } = decodeIdx(bytes, path, limits);
  if (shape.join() === expected.join() && data instanceof Uint8Array) return data;
  throw new UserError(
    `${path} holds ${shape.join(' x ')} values, but ${expected.join(' x ')} bytes were expected. It is another data set, or a part of one.`,
  );
}
