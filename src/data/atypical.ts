import { badInput } from '../errors';
import type { Dataset } from './dataset';
import { recordsByLabel } from './masks';

/** Multiply-adds; beyond that the distances of all pairs take minutes. */
const mostWork = 2e11;

/**
 * How far each record is from the others of its class (Euclidean distance of the raw features); the largest are the
 * least typical.
 *
 * @param pool the records to judge, which are also the ones that they are compared with
 * @param by `class-mean`: distance to the mean of its class without itself; `nearest-neighbors`: to the k-th nearest
 *   record of its class
 * @returns [pool.length]; infinite for a record that is alone in its class, or has fewer than k others there
 * @throws UserError if the pairs are too many for nearest neighbors
 */
export function atypicality(
  dataset: Pick<Dataset, 'x' | 'y' | 'features'>,
  pool: Int32Array,
  by: 'class-mean' | 'nearest-neighbors',
  neighbors = 5,
): Float64Array {
  const places = recordsByLabel(Int32Array.from(pool, (record) => dataset.y[record]));
  const score = new Float64Array(pool.length);
  if (by === 'nearest-neighbors') {
    const work = places.reduce((sum, { length }) => sum + (length * length * dataset.features) / 2, 0);
    if (work > mostWork) {
      const rule = 'must be at most 2e11 operations for nearest neighbors';
      throw badInput('the work', work, rule, 'Use atypicalBy: class-mean or a smaller pool');
    }
  }
  for (const group of places) {
    if (by === 'class-mean') fromClassMean(dataset, pool, group, score);
    else fromNeighbors(dataset, pool, group, neighbors, score);
  }
  return score;
}

function fromClassMean(
  { x, features }: Pick<Dataset, 'x' | 'features'>,
  pool: Int32Array,
  group: Int32Array,
  score: Float64Array,
): void {
  const sum = new Float64Array(features);
  for (const i of group) {
    const at = pool[i] * features;
    for (let j = 0; j < features; j++) sum[j] += x[at + j];
  }
  const others = group.length - 1;
  for (const i of group) {
    const at = pool[i] * features;
    let squares = 0;
    for (let j = 0; j < features; j++) squares += (x[at + j] - (sum[j] - x[at + j]) / others) ** 2;
    score[i] = others === 0 ? Infinity : Math.sqrt(squares);
  }
}

function fromNeighbors(
  { x, features }: Pick<Dataset, 'x' | 'features'>,
  pool: Int32Array,
  group: Int32Array,
  neighbors: number,
  score: Float64Array,
): void {
  const n = group.length;
  const squares = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      const [from, to] = [pool[group[a]] * features, pool[group[b]] * features];
      let sum = 0;
      for (let j = 0; j < features; j++) {
        const difference = x[from + j] - x[to + j];
        sum += difference * difference;
      }
      squares[a * n + b] = squares[b * n + a] = sum;
    }
  }
  for (let a = 0; a < n; a++) {
    // The record itself is the first one, at distance 0.
    const sorted = squares.slice(a * n, (a + 1) * n).sort();
    score[group[a]] = n > neighbors ? Math.sqrt(sorted[neighbors]) : Infinity;
  }
}
