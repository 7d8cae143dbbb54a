import { extname } from 'node:path';
import { UserError } from '../errors';
import { writeNpz } from '../platform/formats/npz';
import type { DType, NumericData } from '../platform/formats/raw-values';
import { writeFileWhole } from '../platform/formats/write-file';
import { joined } from '../platform/math/joined';
import type { FloatArray } from './check-arrays';
import type { SignalSet } from './signal-set';

interface OutArray {
  readonly shape: readonly number[];
  readonly data: NumericData;
  readonly dtype?: DType;
}

/**
 * Writes a set of signals as .npz or .json, whole or not at all; `readSignals` gives the same numbers back. Which
 * model is the target is not in the file: it is chosen on reading. gradient_norms and trajectory are those of the
 * target. Logits are float32 if those of all models are, else float64.
 *
 * @throws UserError if the ending is another one, a set with groups is to become npz (they are text), or the file
 *   cannot be written
 */
export async function writeSignals(path: string, set: SignalSet): Promise<void> {
  const ending = extname(path).toLowerCase();
  if (ending !== '.npz' && ending !== '.json') {
    throw new UserError(
      `${path} must end in .npz or .json, the forms that signals are written in. Rename it.`,
    );
  }
  if (ending === '.json') {
    const nested = Object.entries(arraysOf(set)).map(([name, array]) => [name, nestedLists(array)]);
    const groups = set.groups && { groups: set.groups };
    writeFileWhole(path, `${JSON.stringify({ ...Object.fromEntries(nested), ...groups })}\n`);
    return;
  }
  if (set.groups) {
    throw new UserError(
      `${path} cannot hold groups, which are text. Write a .json file, or leave the groups out.`,
    );
  }
  await writeNpz(path, arraysOf(set));
}

function arraysOf(set: SignalSet): Record<string, OutArray> {
  const { models, n, classes: k, labels, members, augmented, population, gradientNorms, trajectory } = set;
  const all = Array.from({ length: models }, (_, m) => m);
  const arrays: Record<string, OutArray> = {
    logits: { shape: [models, n, k], data: rows(all.map((m) => () => set.model(m).logits)) },
    labels: { shape: [n], data: labels },
    members: { shape: [models, n], data: joined(Uint8Array, members), dtype: 'bool' },
    randomized_membership: {
      shape: [],
      data: Uint8Array.of(set.randomizedMembership ? 1 : 0),
      dtype: 'bool',
    },
  };
  if (augmented) {
    const data = rows(all.map((m) => () => augmented.model(m)));
    arrays.augmented = { shape: [models, n, augmented.copies, k], data };
  }
  if (population) {
    const data = rows(all.map((m) => () => population.model(m)));
    arrays.population_logits = { shape: [models, population.n, k], data };
    arrays.population_labels = { shape: [population.n], data: population.labels };
  }
  if (gradientNorms) arrays.gradient_norms = { shape: [n, gradientNorms.kinds], data: gradientNorms.values };
  if (trajectory) arrays.trajectory = { shape: [n, trajectory.epochs, k], data: trajectory.logits };
  if (set.canaries) arrays.canaries = { shape: [n], data: set.canaries, dtype: 'bool' };
  return arrays;
}

/** Rows one after the other; each is asked for twice at most, so that a large set is never in memory twice. */
function rows(list: readonly (() => FloatArray)[]): FloatArray {
  const first = list[0]();
  const wide = list.some((row) => row() instanceof Float64Array);
  const length = first.length * list.length;
  const all = wide ? new Float64Array(length) : new Float32Array(length);
  list.forEach((row, m) => all.set(row(), m * first.length));
  return all;
}

/** A row-major array as nested lists; a shape of no axes as the value itself. */
function nestedLists({ shape, data, dtype }: OutArray): unknown {
  const value = (i: number): number | boolean => (dtype === 'bool' ? data[i] === 1 : data[i]);
  const part = (axis: number, start: number, size: number): unknown => {
    if (axis === shape.length) return value(start);
    const inner = size / shape[axis];
    return Array.from({ length: shape[axis] }, (_, i) => part(axis + 1, start + i * inner, inner));
  };
  return part(0, 0, data.length);
}
