import { select } from '../reference-sides';
import { badInput } from '../../errors';
import { type FeatureRows, scaled, scaleOf, type Lesson } from './lesson';

/**
 * k nearest neighbors by Euclidean distance on standardized features, by going through all of them: the share of members
 * among the k nearest. Where several rows are at the k-th distance they share the places that are left, so that no order
 * decides.
 *
 * @param k in 1 .. number of rows
 * @returns a function from rows to shares in [0, 1], [n]
 * @throws UserError if k is out of range
 */
export function knnFit({ rows, members }: Lesson, k: number): (rows: FeatureRows) => Float64Array {
  if (!(Number.isInteger(k) && k >= 1 && k <= rows.n)) {
    throw badInput(
      'k',
      k,
      `must be a whole number from 1 to the ${rows.n} known records`,
      'Choose another one',
    );
  }
  const scale = scaleOf(rows);
  const known = scaled(rows, scale);
  const distances = new Float64Array(known.n);
  const sorted = new Float64Array(known.n);
  return (asked) => {
    const own = scaled(asked, scale);
    const out = new Float64Array(own.n);
    for (let i = 0; i < own.n; i++) {
      fillDistances(distances, known, own, i);
      sorted.set(distances);
      const radius = kthSmallest(sorted, k);
      out[i] = memberShare(distances, members, radius, k);
    }
    return out;
  };
}

/** Squared distances from one asked row to all known ones. */
function fillDistances(out: Float64Array, known: FeatureRows, asked: FeatureRows, row: number): void {
  const { n, width, values } = known;
  const own = asked.values.subarray(row * width, (row + 1) * width);
  for (let i = 0, at = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) {
      const difference = values[at++] - own[j];
      sum += difference * difference;
    }
    out[i] = sum;
  }
}

function memberShare(distances: Float64Array, members: Uint8Array, radius: number, k: number): number {
  let closer = 0;
  let closerMembers = 0;
  let tied = 0;
  let tiedMembers = 0;
  for (let i = 0; i < distances.length; i++) {
    if (distances[i] < radius) {
      closer++;
      closerMembers += members[i];
    } else if (distances[i] === radius) {
      tied++;
      tiedMembers += members[i];
    }
  }
  return (closerMembers + (tiedMembers * (k - closer)) / tied) / k;
}

/** The k-th smallest value, k from 1; rearranges the values. */
export function kthSmallest(values: Float64Array, k: number): number {
  select(values, k - 1);
  return values[k - 1];
}
