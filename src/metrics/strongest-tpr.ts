import { badInput } from '../errors';
import { fastWords } from '../math/fast-words';
import { randomStream } from '../math/random';
import { ascendingOrder } from './midranks';
import { requireRate } from './roc';
import { countMembers } from './sorted-sides';
import { requirePermutations, type AttackScoring, type PermutationOptions } from './strongest-attack';
import { toleratedFalsePositives } from './tpr-at-fpr';

/** What the TPRs of several attacks at one nominal FPR would be if membership had nothing to do with any score. */
export interface TprNull {
  /** TPR of each attack at the nominal FPR, on its usable records. */
  readonly tpr: readonly number[];
  /** How often random memberships give one attack taken alone a TPR this high or higher. */
  readonly pValues: readonly number[];
  /** How often they give *any* of the attacks a TPR this high or higher. */
  readonly correctedPValues: readonly number[];
  /** The highest TPR of any attack that 95 % of random memberships stay at or below. */
  readonly highest95: number;
}

/**
 * The joint permutation null of the TPRs of several attacks at one nominal FPR: what `aucNull` is for the AUC, for
 * reports that pick the attack with the best TPR at a low FPR. Each permutation chooses the cut of each attack anew.
 *
 * A permutation walks down an attack's scores only until the tolerated false positives are used up, about
 * FPR (m + n) records.
 *
 * @param attacks at least one, all on the same n records
 * @param members [n], 1 = member, 0 = non-member
 * @param x nominal FPR, in [0, 1]
 * @param options by default 9,999 permutations
 * @throws UserError as `aucNull` and when x is outside [0, 1]
 */
export function tprNull(
  attacks: readonly AttackScoring[],
  members: Uint8Array,
  x: number,
  { permutations = 9999, seed = 1 }: PermutationOptions = {},
): TprNull {
  requireRate('the nominal FPR', x);
  if (attacks.length === 0) throw badInput('the number of attacks', 0, 'must be at least 1', 'Pass scores');
  requirePermutations(permutations);
  const walks = attacks.map((attack) => descent(attack, members, x));
  const tpr = walks.map((walk) => walk(members));
  const words = fastWords(randomStream({ seed, role: 'evaluation', purpose: 'permutation' }));
  const flags = members.slice();
  const draw = new Uint32Array(members.length);
  const reached = tpr.map(() => 1);
  const anyReached = tpr.map(() => 1);
  const highest = new Float64Array(permutations);
  for (let b = 0; b < permutations; b++) {
    words.fill(draw);
    for (let i = flags.length - 1; i > 0; i--) {
      const j = Math.floor((draw[i] / 4294967296) * (i + 1));
      const flag = flags[i];
      flags[i] = flags[j];
      flags[j] = flag;
    }
    const found = walks.map((walk) => walk(flags));
    highest[b] = found.reduce((most, value) => Math.max(most, value), 0);
    tpr.forEach((own, a) => {
      if (found[a] >= own - 1e-12) reached[a]++;
      if (highest[b] >= own - 1e-12) anyReached[a]++;
    });
  }
  return {
    tpr,
    pValues: reached.map((count) => count / (permutations + 1)),
    correctedPValues: anyReached.map((count) => count / (permutations + 1)),
    highest95: highest.sort()[Math.ceil(0.95 * permutations) - 1],
  };
}

/** The TPR at the nominal FPR as a function of the membership, the scores sorted once. */
function descent(
  { scores, usable }: AttackScoring,
  members: Uint8Array,
  x: number,
): (flags: Uint8Array) => number {
  if (scores.length !== members.length) {
    const rule = `there are ${members.length} memberships`;
    throw badInput('the number of scores', scores.length, rule, 'Pass the same records');
  }
  const kept = Uint32Array.from(scores, (_, i) => i).filter((i) => usable === undefined || usable[i] === 1);
  const values = Float64Array.from(kept, (i) => scores[i]);
  const nan = values.findIndex(Number.isNaN);
  if (nan >= 0)
    throw badInput(`scores[${kept[nan]}]`, NaN, 'a score must be a number', 'Mark it as not usable');
  const order = ascendingOrder(values).reverse();
  const lastOfTie = Uint8Array.from(order, (at, i) =>
    i + 1 === order.length || values[order[i + 1]] !== values[at] ? 1 : 0,
  );
  const records = order.map((at) => kept[at]);
  const memberCount = countMembers(members);
  const everybody = kept.length === members.length;
  return (flags) => {
    let all = everybody ? memberCount : 0;
    if (!everybody) for (let i = 0; i < kept.length; i++) all += flags[kept[i]];
    const tolerated = toleratedFalsePositives(x, records.length - all);
    let above = 0;
    let falseAbove = 0;
    let best = 0;
    for (let i = 0; i < records.length && falseAbove <= tolerated; i++) {
      if (flags[records[i]] === 1) above++;
      else falseAbove++;
      if (lastOfTie[i] === 1 && falseAbove <= tolerated) best = above;
    }
    return all === 0 ? 0 : best / all;
  };
}
