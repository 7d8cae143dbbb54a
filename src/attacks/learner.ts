import { badInput } from '../errors';
import { randomStream } from '../platform/math/random';
import type { AttackContext } from './attack';
import { canonicalOrder, type FeatureRows, takeRows } from './feature-rows';

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
    const positions = Uint32Array.from(order.keys()).filter((at) => members[order[at]] === side);
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
