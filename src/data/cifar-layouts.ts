import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../errors';
import { checkSize, type ReadLimits } from '../platform/formats/limits';
import type { NumericArray } from '../platform/formats/raw-values';
import { decodePickle, type PickleValue } from '../platform/formats/pickle';
import { readBytes } from '../platform/formats/read-file';
import { tarMembers } from '../platform/formats/tar';
import type { Content, DatasetFacts, Layout } from './dataset';
import { planesToPixels } from './image-npz';

/** What differs between CIFAR-10 and CIFAR-100, and between fine and coarse labels. */
export interface CifarFiles {
  /** Names without ending; training files of equal size first, the test file last. */
  readonly batches: readonly string[];
  readonly binaryFolder: string;
  readonly binaryArchive: string;
  readonly pythonFolder: string;
  readonly pythonArchive: string;
  /** Label bytes before the pixels of a record in the binary form, and which of them is read. */
  readonly labelBytes: number;
  readonly labelByte: number;
  /** Key of the labels in the python form. */
  readonly labelKey: string;
}

/** The official forms: binary and python batches, extracted or as published. */
export function cifarLayouts(files: CifarFiles): Layout[] {
  const { batches, binaryFolder, binaryArchive, pythonFolder, pythonArchive } = files;
  const binary = batches.map((name) => `${name}.bin`);
  const batchPaths = (folder: string, names: readonly string[]) =>
    names.map((name) => [`${folder}/${name}`, name]);
  return [
    {
      title: `${binaryFolder}/${binary[0]} ... ${binary[binary.length - 1]} (binary, extracted)`,
      quick: true,
      paths: batchPaths(binaryFolder, binary),
      read: (paths, facts) => readBatches(paths, binaryBatch(files), facts),
    },
    {
      title: binaryArchive,
      paths: [[binaryArchive]],
      read: ([path], facts, limits) => readArchive(path, binary, binaryBatch(files), facts, limits),
    },
    {
      title: `${pythonFolder}/${batches[0]} ... ${batches[batches.length - 1]} (python, extracted)`,
      paths: batchPaths(pythonFolder, batches),
      read: (paths, facts, limits) => readBatches(paths, pythonBatch(files, limits), facts),
    },
    {
      title: pythonArchive,
      paths: [[pythonArchive]],
      read: ([path], facts, limits) => readArchive(path, batches, pythonBatch(files, limits), facts, limits),
    },
  ];
}

/** Reads one batch of records into the arrays of all. */
interface BatchReader {
  /** Refuses a file by its size, before it is in memory. */
  checkBytes(bytes: number, name: string, place: BatchPlace, facts: DatasetFacts): void;
  read(bytes: Uint8Array, name: string, place: BatchPlace, facts: DatasetFacts): void;
}

interface BatchPlace {
  readonly content: { readonly x: Uint8Array; readonly y: Int32Array };
  /** The first record of the batch, and how many it must have. */
  readonly start: number;
  readonly count: number;
}

/** The training batches share the official training part evenly; the last batch is the test part. */
function placesOf(
  batches: number,
  { records, features, officialTrain = records }: DatasetFacts,
): BatchPlace[] {
  const content = { x: new Uint8Array(records * features), y: new Int32Array(records) };
  const size = officialTrain / (batches - 1);
  return Array.from({ length: batches }, (_, i) =>
    i < batches - 1
      ? { content, start: i * size, count: size }
      : { content, start: officialTrain, count: records - officialTrain },
  );
}

async function readBatches(
  paths: readonly string[],
  reader: BatchReader,
  facts: DatasetFacts,
): Promise<Content> {
  const places = placesOf(paths.length, facts);
  for (const [i, path] of paths.entries()) {
    reader.checkBytes((await stat(path)).size, path, places[i], facts);
    reader.read(readBytes(path), path, places[i], facts);
  }
  return places[0].content;
}

async function readArchive(
  path: string,
  names: readonly string[],
  reader: BatchReader,
  facts: DatasetFacts,
  limits: ReadLimits,
): Promise<Content> {
  const places = placesOf(names.length, facts);
  const missing = new Set(names);
  for await (const member of tarMembers(path, limits)) {
    const name = basename(member.name);
    if (!missing.delete(name)) continue;
    const where = `${path}: ${member.name}`;
    const place = places[names.indexOf(name)];
    reader.checkBytes(member.size, where, place, facts);
    reader.read(await member.read(), where, place, facts);
  }
  if (missing.size > 0) {
    throw new UserError(
      `${path} has no member ${[...missing].join(', ')}. It is another archive, or not whole.`,
    );
  }
  return places[0].content;
}

/** A record is its label bytes, then red, green and blue planes. */
function binaryBatch({ labelBytes, labelByte }: CifarFiles): BatchReader {
  return {
    checkBytes(bytes, name, { count }, { features }) {
      const size = labelBytes + features;
      if (bytes === count * size) return;
      throw new UserError(
        `${name} has ${bytes} bytes, but ${count} records of ${size} bytes were expected (${count * size}). ` +
          'It is not whole, or another file: extract it again.',
      );
    },
    read(bytes, name, { content: { x, y }, start, count }, { features, classes, image, title }) {
      const size = labelBytes + features;
      for (let i = 0; i < count; i++) {
        const label = bytes[i * size + labelByte];
        if (label >= classes) throw wrongLabel(name, i, label, classes, title);
        y[start + i] = label;
        planesToPixels(bytes, i * size + labelBytes, x, (start + i) * features, image!);
      }
    },
  };
}

function wrongLabel(name: string, record: number, label: unknown, classes: number, title: string): UserError {
  return new UserError(
    `${name}: record ${record} has label ${String(label)}, but ${title} has the classes 0 .. ${classes - 1}. The file is broken, or another one.`,
  );
}

/** A pickled dict with `data`, uint8 [n, d] in planes, and a list of labels; read by the restricted reader. */
function pythonBatch({ labelKey }: CifarFiles, limits: ReadLimits): BatchReader {
  return {
    checkBytes(bytes, name, { count }, { features }) {
      // Beside the pixels there are labels and names; Python 3 writes large bytes as two in old protocols.
      const most = count * (2 * features + 1000) + 2 ** 16;
      if (bytes > most) {
        throw new UserError(
          `${name} has ${bytes} bytes, but a batch of ${count} records has at most ${most}. It is another file.`,
        );
      }
      checkSize(name, bytes, limits);
    },
    read(bytes, name, { content: { x, y }, start, count }, { features, classes, image, title }) {
      const batch = decodePickle(bytes, name, limits);
      if (!(batch instanceof Map)) throw new UserError(`${name} holds no dict with data and ${labelKey}.`);
      const entries: ReadonlyMap<string, PickleValue> = batch;
      const data = pixelArray(entries.get('data'), name, count, features);
      const labels = entries.get(labelKey);
      if (!Array.isArray(labels) || labels.length !== count) {
        const found = Array.isArray(labels) ? `${labels.length} labels` : 'no list of labels';
        throw new UserError(`${name}: ${labelKey} has ${found}, but ${count} were expected.`);
      }
      for (let i = 0; i < count; i++) {
        const label: unknown = labels[i];
        if (!Number.isInteger(label) || (label as number) < 0 || (label as number) >= classes) {
          throw wrongLabel(name, i, label, classes, title);
        }
        y[start + i] = label as number;
        planesToPixels(data, i * features, x, (start + i) * features, image!);
      }
    },
  };
}

function pixelArray(
  value: PickleValue | undefined,
  name: string,
  count: number,
  features: number,
): Uint8Array {
  const { shape, data } = (value ?? {}) as Partial<NumericArray>;
  if (data instanceof Uint8Array && shape?.length === 2 && shape[0] === count && shape[1] === features) {
    return data;
  }
  throw new UserError(
    `${name}: data is ${shape === undefined ? 'missing' : `an array ${shape.join(' x ')}`}, but uint8 ${count} x ${features} was expected. It is not whole, or another file.`,
  );
}
