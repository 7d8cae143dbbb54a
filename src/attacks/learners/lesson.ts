import { badInput } from '../../errors';
import { randomStream } from '../../platform/math/random';
import type { AttackContext } from '../attack';

/** An attacker that has learned. */
export interface FittedAttacker {
  /** «Member if score >= cut», from the attacker's own definition. */
  readonly cut: number;
  /** Scores of rows, [n], higher = member; the score of a row does not depend on the other rows. */
  scores(rows: FeatureRows): Float64Array;
}

/** Rows with known membership, in an order of their own: the order in which they were given changes no bit. */
export interface Lesson {
  readonly rows: FeatureRows;
  /** [n], both sides present. */
  readonly members: Uint8Array;
}

/** Learns from rows with known membership; deterministic for a seed. */
export type Learner = (lesson: Lesson, context: AttackContext) => FittedAttacker;

/** How many records an attacker learns from in a self-check. */
export const checkRows = 160;

/**
 * Puts rows into their canonical order and keeps at most `most` of them, drawn by the seed.
 *
 * @throws UserError if members or non-members are missing
 */
export function lessonOf(rows: FeatureRows, members: Uint8Array, most: number, seed: number): Lesson {
  if (!members.includes(1) || !members.includes(0)) {
    throw badInput(
      'the membership that an attacker learns from',
      members[0],
      'must hold members and non-members',
      'Pass records of both kinds',
    );
  }
  const order = canonicalOrder(rows, members);
  const kept = rows.n <= most ? order : drawn(order, members, most, seed);
  return { rows: takeRows(rows, kept), members: Uint8Array.from(kept, (i) => members[i]) };
}

/** The same share of members and of non-members, at least one of each, in the order given. */
function drawn(order: Uint32Array, members: Uint8Array, most: number, seed: number): Uint32Array {
  const chosen = new Uint8Array(order.length);
  for (const side of [0, 1]) {
    const positions = numbersUpTo(order.length).filter((at) => members[order[at]] === side);
    const wanted = Math.max(1, Math.floor((most * positions.length) / order.length));
    const shuffle = randomStream({ seed, role: 'evaluation', purpose: 'split', epoch: side }).permutation(
      positions.length,
    );
    for (let k = 0; k < wanted; k++) chosen[positions[shuffle[k]]] = 1;
  }
  return order.filter((_, at) => chosen[at] === 1);
}

/** ln of the odds of a member among the records: where a score of ln odds gives both errors the same weight. */
export function priorLogOdds(members: Uint8Array): number {
  const count = members.reduce((sum, flag) => sum + flag, 0);
  return Math.log(count / (members.length - count));
}

/**
 * The fold of each row, [n] in 0 .. folds-1, drawn at random for the two sides apart, so that each fold has both; equal rows share
 * a fold, and the order in which rows come plays no part. At random, not by place: if neighbors of one side were dealt to different
 * folds in turn, a row would always find its neighbors of its own side among the known ones, and membership without meaning
 * would be found (AUC .57 for a forest on shuffled membership).
 *
 * @param folds an integer >= 2
 */
export function foldsOf(rows: FeatureRows, members: Uint8Array, folds: number, seed = 1): Uint8Array {
  const { width, values } = rows;
  const equal = (a: number, b: number): boolean => {
    for (let j = 0; j < width; j++) if (values[a * width + j] !== values[b * width + j]) return false;
    return true;
  };
  // Groups of equal rows, by the side of their first row.
  const sides: [number[][], number[][]] = [[], []];
  let group: number[] = [];
  for (const i of canonicalOrder(rows, members)) {
    if (group.length > 0 && equal(group[0], i)) group.push(i);
    else sides[members[i]].push((group = [i]));
  }
  const out = new Uint8Array(rows.n);
  sides.forEach((groups, epoch) => {
    const order = randomStream({ seed, role: 'evaluation', purpose: 'split', epoch, step: 1 }).permutation(
      groups.length,
    );
    order.forEach((from, place) => {
      for (const i of groups[from]) out[i] = place % folds;
    });
  });
  return out;
}

/**
 * Scores of each row by an attacker that was fitted without it, [n]: every row is scored exactly once. Where the other folds
 * hold one side only (nearly all rows are equal), nothing can be learned and the score is 0.
 *
 * @param fit gives scores [rows of `judged`], higher = member, after a fit on `known`, of which `members` is the membership
 * @param seed of the folds, an integer in [0, 2^32)
 */
export function outOfFold(
  rows: FeatureRows,
  members: Uint8Array,
  folds: number,
  fit: (known: FeatureRows, members: Uint8Array, judged: FeatureRows) => Float64Array,
  seed = 1,
): Float64Array {
  const fold = foldsOf(rows, members, folds, seed);
  const out = new Float64Array(rows.n);
  const all = numbersUpTo(rows.n);
  for (let f = 0; f < folds; f++) {
    const known = all.filter((i) => fold[i] !== f);
    const judged = all.filter((i) => fold[i] === f);
    if (judged.length === 0) continue;
    const knownMembers = Uint8Array.from(known, (i) => members[i]);
    if (!knownMembers.includes(1) || !knownMembers.includes(0)) continue;
    const scores = fit(takeRows(rows, known), knownMembers, takeRows(rows, judged));
    judged.forEach((record, at) => (out[record] = scores[at]));
  }
  return out;
}

/** Rows of features, row-major [n, width], finite. */
export interface FeatureRows {
  readonly n: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** 0 .. n-1. */
export function numbersUpTo(n: number): Uint32Array {
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) out[i] = i;
  return out;
}

/** Positions of the rows in lexicographic order of their features; equal rows by membership, if given. */
export function canonicalOrder({ n, width, values }: FeatureRows, members?: Uint8Array): Uint32Array {
  return numbersUpTo(n).sort((a, b) => {
    for (let j = 0; j < width; j++) {
      const difference = values[a * width + j] - values[b * width + j];
      if (difference !== 0) return difference;
    }
    return members === undefined ? 0 : members[a] - members[b];
  });
}

/** Mean and deviation of each feature, [width]. */
export interface FeatureScale {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Moments of the features (ddof 0; 1 for a constant one), the same bits for rows in any order. */
export function scaleOf(rows: FeatureRows): FeatureScale {
  const { n, width, values } = rows;
  const order = canonicalOrder(rows);
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const i of order) for (let j = 0; j < width; j++) means[j] += values[i * width + j] / n;
  for (const i of order)
    for (let j = 0; j < width; j++) squares[j] += (values[i * width + j] - means[j]) ** 2 / n;
  // Rounding leaves a constant feature with a deviation near 1e-16 of its size.
  const deviations = squares.map((square, j) => (square <= (1e-12 * means[j]) ** 2 ? 1 : Math.sqrt(square)));
  return { means, deviations };
}

/** Features with mean 0 and deviation 1 on the rows that the scale was taken from. */
export function scaled({ n, width, values }: FeatureRows, { means, deviations }: FeatureScale): FeatureRows {
  const out = new Float64Array(values.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      out[at] = (values[at] - means[j]) / deviations[j];
    }
  }
  return { n, width, values: out };
}

/** Some of the rows, in the order of `records`. */
export function takeRows({ width, values }: FeatureRows, records: ArrayLike<number>): FeatureRows {
  const out = new Float64Array(records.length * width);
  for (let to = 0, at = 0; to < records.length; to++) {
    const start = records[to] * width;
    for (let j = 0; j < width; j++) out[at++] = values[start + j];
  }
  return { n: records.length, width, values: out };
}
