import { badInput } from '../errors';

/** Scores of the two groups, each in ascending order. Every rank metric is one merge of the two. */
export interface SortedSides {
  readonly members: Float64Array;
  readonly nonMembers: Float64Array;
}

/**
 * Splits scores by membership and sorts each side: O(n log n), and the order of the records plays no part.
 *
 * @param scores [n], higher = member; infinite values are ranked, NaN is not
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError on a length mismatch, a NaN score, a membership other than 0 or 1, or an empty side
 */
export function sortedSides(scores: Float64Array, members: Uint8Array): SortedSides {
  if (scores.length !== members.length) {
    throw badInput(
      'the number of scores',
      scores.length,
      `there are ${members.length} membership flags and each record needs both`,
      'Pass arrays of the same records',
    );
  }
  const memberCount = countMembers(members);
  const sides = {
    members: new Float64Array(memberCount),
    nonMembers: new Float64Array(members.length - memberCount),
  };
  for (let i = 0, m = 0, n = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) {
      throw badInput(`scores[${i}]`, NaN, 'a score must be a number', 'Check the logits of that record');
    }
    if (members[i] === 1) sides.members[m++] = scores[i];
    else sides.nonMembers[n++] = scores[i];
  }
  sides.members.sort();
  sides.nonMembers.sort();
  return sides;
}

/** Number of ones. Throws UserError when a flag is neither 0 nor 1, or all are alike. */
export function countMembers(members: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < members.length; i++) {
    if (members[i] > 1) {
      throw badInput(`members[${i}]`, members[i], 'must be 1 (member) or 0 (non-member)', 'Pass a 0/1 array');
    }
    count += members[i];
  }
  if (count === 0 || count === members.length) {
    throw badInput(
      'the number of members',
      count,
      `both sides are needed and there are ${members.length} records`,
      'Pass records that were trained on and records that were not',
    );
  }
  return count;
}

/**
 * Walks through the distinct scores from the highest down. At each, `visit` gets the score and how many members and
 * non-members score at least as much: the decisions of the rule «member if score >= cut».
 */
export function descendCuts(
  sides: SortedSides,
  visit: (cut: number, truePositives: number, falsePositives: number) => void,
): void {
  const { members, nonMembers } = sides;
  let i = members.length;
  let j = nonMembers.length;
  while (i > 0 || j > 0) {
    const cut = Math.max(i > 0 ? members[i - 1] : -Infinity, j > 0 ? nonMembers[j - 1] : -Infinity);
    while (i > 0 && members[i - 1] === cut) i--;
    while (j > 0 && nonMembers[j - 1] === cut) j--;
    visit(cut, members.length - i, nonMembers.length - j);
  }
}

/** How many values of an ascending array are strictly greater than `cut`. */
export function countAbove(ascending: Float64Array, cut: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] > cut) high = middle;
    else low = middle + 1;
  }
  return ascending.length - low;
}

/** How many of the ascending values are strictly less than `value`. */
export function countBelow(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Ranks 1 .. n in ascending order; equal values share the mean of their ranks. The order of the values plays no part.
 *
 * @param values [n], none NaN
 * @returns [n]
 */
export function midranks(values: Float64Array): Float64Array {
  // Sorting plain numbers and looking each one up is several times faster than sorting positions.
  const sorted = values.slice().sort();
  return values.map((value) => {
    const below = countBelow(sorted, value);
    const isAlone = sorted[below + 1] !== value;
    return isAlone ? below + 1 : (below + 1 + sorted.length - countAbove(sorted, value)) / 2;
  });
}

/** Positions of the values in ascending order; equal values by position. */
export function ascendingOrder(values: Float64Array): Uint32Array {
  // A comparison by subtraction would give NaN for two infinities of one sign.
  return Uint32Array.from(values, (_, i) => i).sort((a, b) =>
    values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b,
  );
}

/**
 * For each member the share of non-members below it, for each non-member the share of members above it, ties half, [n]:
 * what the AUC is the mean of, on either side.
 *
 * @throws UserError when a side is empty or a flag is neither 0 nor 1
 */
export function placements(scores: Float64Array, members: Uint8Array): Float64Array {
  const m = countMembers(members);
  const n = members.length - m;
  const all = midranks(scores);
  const placed = new Float64Array(scores.length);
  for (const side of [0, 1]) {
    const own = midranks(scores.filter((_, i) => members[i] === side));
    let at = 0;
    for (let i = 0; i < scores.length; i++) {
      if (members[i] !== side) continue;
      const othersBelow = all[i] - own[at++];
      placed[i] = side === 1 ? othersBelow / n : 1 - othersBelow / m;
    }
  }
  return placed;
}
