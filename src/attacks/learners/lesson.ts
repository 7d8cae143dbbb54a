import { badInput } from '../../errors';
import { randomStream } from '../../platform/math/random';
import type { AttackContext } from '../attack';
import { canonicalOrder, numbersUpTo, takeRows, type FeatureRows } from './feature-rows';

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
