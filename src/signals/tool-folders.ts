import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { checkSize, type ReadLimits } from '../platform/formats/limits';
import type { NumericArray } from '../platform/formats/raw-values';
import { gathered, npy, type ReadFolder } from './model-folders';
import { npyFiles } from './npy-folder-source';
import { memorySource, missingArray } from './signal-source';

// What two public tools keep of an audit, as far as it is numbers:
// - ML Privacy Meter: <log>/signals/<attack>_signals.npy [records, models], the probability of the true class, and
//   <attack>_signals_pop.npy of population records; <log>/models/memberships.npy (or <log>/memberships.npy)
//   [models, records]. There may be more memberships than models.
// - LeakPro: <output>/attack_cache/target_<hash>_logits.npy and sm_<number>..._logits.npy [records, classes], each with
//   ..._indices.npy, the records in the order of the rows. Who was trained on what stands in pickles alone, so members.npy
//   [models, records] and labels.npy have to be put beside them.

/** The file of signals of ML Privacy Meter below a folder, and that of memberships; null if it is of another kind. */
export function privacyMeterFiles(folder: string): readonly string[] | null {
  const signals = existsSync(join(folder, 'signals'))
    ? npyFiles(join(folder, 'signals')).filter((file) => file.endsWith('_signals.npy'))
    : [];
  const memberships = ['models', '']
    .map((inside) => join(folder, inside, 'memberships.npy'))
    .find((file) => existsSync(file));
  if (signals.length === 0 || memberships === undefined) return null;
  const population = signals[0].replace(/\.npy$/, '_pop.npy');
  return [join(folder, 'signals', signals[0]), memberships, join(folder, 'signals', population)].filter(
    (file) => existsSync(file),
  );
}

/** @throws UserError if signals and memberships are not of the same records */
export function privacyMeterSource(
  folder: string,
  [signalsFile, membershipsFile, populationFile]: readonly string[],
  limits: ReadLimits,
): ReadFolder {
  const signals = npy(signalsFile, limits);
  const members = npy(membershipsFile, limits);
  const [n, models] = signals.shape;
  if (
    signals.shape.length !== 2 ||
    members.shape.length !== 2 ||
    members.shape[1] !== n ||
    members.shape[0] < models
  ) {
    throw new UserError(
      `${signalsFile} is [${signals.shape.join(', ')}] and ${membershipsFile} [${members.shape.join(', ')}], but must be ` +
        '[records, models] and [models, records] of the same records. If a part of the records was audited, store the ' +
        'memberships of that part, in the order of the signals.',
    );
  }
  const arrays: Record<string, NumericArray> = {
    confidence: transposed(signals),
    members: { dtype: 'bool', shape: [models, n], data: members.data.slice(0, models * n) },
  };
  if (populationFile !== undefined) arrays.population_confidence = transposed(npy(populationFile, limits));
  return {
    source: memorySource(folder, arrays),
    notes: [
      { code: 'folder of a tool', file: folder, tool: 'ML Privacy Meter', models, array: 'confidence' },
    ],
  };
}

function transposed({ shape: [rows, columns], data }: NumericArray): NumericArray {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let m = 0; m < columns; m++) out[m * rows + i] = data[i * columns + m];
  return { dtype: 'float64', shape: [columns, rows], data: out };
}

const cachedLogits = /^(target|sm_(\d+)).*_logits\.npy$/;

/** The files of logits in a cache of LeakPro, the target's first; none if the folder is of another kind. */
export function leakProFiles(folder: string): readonly string[] {
  const number = (file: string): number => Number(cachedLogits.exec(file)?.[2] ?? -1);
  const found = npyFiles(folder).filter((file) => cachedLogits.test(file));
  return found.some((file) => file.startsWith('target'))
    ? found.sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1)).map((file) => join(folder, file))
    : [];
}

/** @throws UserError if members.npy or labels.npy is missing, or the files are not of the same records */
export function leakProSource(folder: string, files: readonly string[], limits: ReadLimits): ReadFolder {
  for (const name of ['members', 'labels']) {
    if (existsSync(join(folder, `${name}.npy`))) continue;
    const error = missingArray(folder, `${name}.npy`, npyFiles(folder));
    throw new UserError(
      `${error.message} LeakPro keeps who was trained on what in pickles, which are not read since that runs code: store ` +
        'members.npy, bool [models, records], the target first and the shadow models by number, and labels.npy, both in ' +
        "the order of the target's ..._indices.npy.",
    );
  }
  const outputs = files.map((file) => npy(file, limits));
  const [{ shape }] = outputs;
  const [n, classes = 1] = shape;
  checkSize(folder, 8 * files.length * n * classes, limits);
  const order = indicesBeside(files[0], limits);
  const rows = outputs.map((output, m) => {
    if (output.shape.join() !== shape.join()) throw otherRecords(files[m], files[0]);
    const own = indicesBeside(files[m], limits);
    return own === null || order === null
      ? output.data
      : inOrder(output.data, classes, own, order, () => otherRecords(files[m], files[0]));
  });
  const arrays: Record<string, NumericArray> = {
    logits: {
      dtype: 'float64',
      shape: [files.length, n, ...(shape.length > 1 ? [classes] : [])],
      data: gathered(rows),
    },
    members: npy(join(folder, 'members.npy'), limits),
    labels: npy(join(folder, 'labels.npy'), limits),
  };
  return {
    source: memorySource(folder, arrays),
    notes: [
      { code: 'folder of a tool', file: folder, tool: 'LeakPro', models: files.length, array: 'logits' },
    ],
  };
}

function indicesBeside(file: string, limits: ReadLimits): ArrayLike<number> | null {
  const beside = file.replace(/_logits\.npy$/, '_indices.npy');
  return existsSync(beside) ? npy(beside, limits).data : null;
}

/** Rows that belong to the indices `own`, in the order of the indices `wanted`. */
function inOrder(
  data: NumericArray['data'],
  classes: number,
  own: ArrayLike<number>,
  wanted: ArrayLike<number>,
  differ: () => UserError,
): Float64Array {
  const placeOf = new Map(Array.from(own, (index, row) => [index, row]));
  const out = new Float64Array(data.length);
  for (let row = 0; row < wanted.length; row++) {
    const from = placeOf.get(wanted[row]);
    if (from === undefined || own.length !== wanted.length) throw differ();
    for (let k = 0; k < classes; k++) out[row * classes + k] = data[from * classes + k];
  }
  return out;
}

function otherRecords(file: string, first: string): UserError {
  return new UserError(
    `${file} and ${first} are not of the same records. Export all models on the same ones.`,
  );
}
