import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { checkSize, type ReadLimits } from '../platform/formats/limits';
import { decodeNpy } from '../platform/formats/npy';
import type { NumericArray, NumericData } from '../platform/formats/raw-values';
import { readBytes } from '../platform/formats/read-file';
import type { SignalNote } from './signal-set';
import { memorySource, type SignalSource } from './signal-source';

// The folders of two public codes of LiRA, with one folder a model:
// - lira-pytorch: <model>/keep.npy, <model>/scores.npy [records, queries], <model>/logits.npy [records, queries, classes];
// - mi_lira_2021: <experiment>/keep.npy, <experiment>/scores/<step>.npy, <experiment>/logits/<step>.npy, the last step
//   counts; logits may have another axis of one before the queries.
// keep is true for the records that the model was trained on. Labels stand in neither (mi_lira_2021: y_train.npy above).

/** A folder of another program, with our arrays. */
export interface ReadFolder {
  readonly source: SignalSource;
  readonly notes: readonly SignalNote[];
}

/** The folders of models below a folder, in the order of their numbers; none if it is of another kind. */
export function modelFolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'keep.npy')))
    .map(({ name }) => name)
    .sort((a, b) => numberIn(a) - numberIn(b) || (a < b ? -1 : 1))
    .map((name) => join(folder, name));
}

const numberIn = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? Infinity);

/**
 * Reads such folders: logits where a file of labels (labels.npy or y_train.npy) stands beside them, else the scaled
 * logits of the true class. The first query is the record, all together are its copies.
 *
 * @throws UserError that names the file that is missing or of another shape
 */
export function modelFoldersSource(
  folder: string,
  folders: readonly string[],
  limits: ReadLimits,
): ReadFolder {
  const labelFile = ['labels.npy', 'y_train.npy'].map((name) => join(folder, name)).find(existsSync);
  const kind = labelFile === undefined ? 'scores' : 'logits';
  const files = folders.map((of) => outputsFile(of, kind));
  const keeps = folders.map((of) => npy(join(of, 'keep.npy'), limits));
  const n = keeps[0].data.length;
  const outputs = files.map((file) => byQueries(npy(file, limits), file, n, kind));
  const [{ queries, classes }] = outputs;
  outputs.forEach((other, m) => {
    if (other.queries === queries && other.classes === classes && keeps[m].data.length === n) return;
    throw new UserError(
      `${files[m]} has another shape than ${files[0]}. Export all models on the same records.`,
    );
  });
  const total = folders.length * n * queries * classes;
  checkSize(folder, 8 * total * (queries > 1 ? 2 : 1), limits);
  const name = kind === 'logits' ? 'logits' : 'scaled_logits';
  const width = kind === 'logits' ? [classes] : [];
  const arrays: Record<string, NumericArray> = {
    [name]: {
      dtype: 'float64',
      shape: [folders.length, n, ...width],
      data: gathered(outputs.map((out) => firstQuery(out, n))),
    },
    members: {
      dtype: 'bool',
      shape: [folders.length, n],
      data: gathered(
        keeps.map(({ data }) => data),
        Uint8Array,
      ),
    },
  };
  if (queries > 1) {
    const copies = kind === 'logits' ? 'augmented' : 'augmented_scaled_logits';
    const data = gathered(outputs.map((out) => out.data));
    arrays[copies] = { dtype: 'float64', shape: [folders.length, n, queries, ...width], data };
  }
  if (labelFile !== undefined) arrays.labels = npy(labelFile, limits);
  const note: SignalNote = { code: 'folders of models', file: folder, models: folders.length, array: name };
  return { source: memorySource(folder, arrays), notes: [note] };
}

export const npy = (file: string, limits: ReadLimits): NumericArray =>
  decodeNpy(readBytes(file, limits), file, limits);

function outputsFile(folder: string, kind: 'scores' | 'logits'): string {
  const plain = join(folder, `${kind}.npy`);
  if (existsSync(plain)) return plain;
  const below = join(folder, kind);
  if (existsSync(below) && statSync(below).isDirectory()) {
    const steps = readdirSync(below)
      .filter((file) => file.endsWith('.npy'))
      .sort();
    if (steps.length > 0) return join(below, steps[steps.length - 1]);
  }
  throw new UserError(
    `${folder} has neither ${kind}.npy nor a folder ${kind} with .npy files. ` +
      'Run the step of your code that writes them, then again.',
  );
}

interface Queried {
  readonly data: NumericData;
  readonly queries: number;
  readonly classes: number;
}

function byQueries({ shape, data }: NumericArray, file: string, n: number, kind: string): Queried {
  const inner = shape.slice(1).filter((size, axis, all) => size !== 1 || axis === all.length - 1);
  const [queries, classes] =
    kind === 'scores' ? [inner[0] ?? 1, 1] : inner.length === 1 ? [1, inner[0]] : [inner[0], inner[1]];
  if (shape[0] === n && n * queries * classes === data.length) return { data, queries, classes };
  const wanted = kind === 'scores' ? '[records, queries]' : '[records, queries, classes]';
  throw new UserError(
    `the shape of ${file} is [${shape.join(', ')}], but must be ${wanted} for the ${n} records of keep.npy. Export it again.`,
  );
}

function firstQuery({ data, queries, classes }: Queried, n: number): Float64Array {
  const out = new Float64Array(n * classes);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < classes; k++) out[i * classes + k] = data[i * queries * classes + k];
  }
  return out;
}

export function gathered<Values extends Float64Array | Uint8Array = Float64Array>(
  parts: readonly NumericData[],
  Type: new (length: number) => Values = Float64Array as unknown as new (length: number) => Values,
): Values {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let done = 0;
  for (const part of parts) {
    all.set(part, done);
    done += part.length;
  }
  return all;
}
