import { canonicalOrder, takeRows, type FeatureRows } from './feature-rows';

/**
 * The fold of each row, [n] in 0 .. folds-1. Rows are dealt by their place in an order of their own, separately for the two
 * sides so that each fold has both, and equal rows share a fold; the order in which rows come plays no part.
 *
 * @param folds an integer >= 2
 */
export function foldsOf(rows: FeatureRows, members: Uint8Array, folds: number): Uint8Array {
  const out = new Uint8Array(rows.n);
  const { width, values } = rows;
  const equal = (a: number, b: number): boolean => {
    for (let j = 0; j < width; j++) if (values[a * width + j] !== values[b * width + j]) return false;
    return true;
  };
  const next = [0, 0];
  let before = -1;
  for (const i of canonicalOrder(rows, members)) {
    out[i] = before >= 0 && equal(before, i) ? out[before] : next[members[i]]++ % folds;
    before = i;
  }
  return out;
}

/**
 * Scores of each row by an attacker that was fitted without it, [n]: every row is scored exactly once. Where the other folds
 * hold one side only (nearly all rows are equal), nothing can be learned and the score is 0.
 *
 * @param fit gives scores [rows of `judged`], higher = member, after a fit on `known`, of which `members` is the membership
 */
export function outOfFold(
  rows: FeatureRows,
  members: Uint8Array,
  folds: number,
  fit: (known: FeatureRows, members: Uint8Array, judged: FeatureRows) => Float64Array,
): Float64Array {
  const fold = foldsOf(rows, members, folds);
  const out = new Float64Array(rows.n);
  for (let f = 0; f < folds; f++) {
    const known = Uint32Array.from(fold.keys()).filter((i) => fold[i] !== f);
    const judged = Uint32Array.from(fold.keys()).filter((i) => fold[i] === f);
    if (judged.length === 0) continue;
    const knownMembers = Uint8Array.from(known, (i) => members[i]);
    if (!knownMembers.includes(1) || !knownMembers.includes(0)) continue;
    const scores = fit(takeRows(rows, known), knownMembers, takeRows(rows, judged));
    judged.forEach((record, at) => (out[record] = scores[at]));
  }
  return out;
}
