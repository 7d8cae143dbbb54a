import { badInput } from '../errors';
import { randomStream } from '../platform/math/random';
import {
  type EpsilonBound,
  fDpEpsilon,
  noBound,
  oneRunEpsilon,
  type OneRunGuesses,
  oneRunPValue,
  requireDelta,
} from './epsilon';
import { countMembers } from './sorted-sides';

/** What a one-run audit needs to know beside scores and membership. */
export interface OneRunAudit {
  readonly delta: number;
  /** True only if a fair coin of its own decided for each record whether it is a member. */
  readonly randomizedMembership: boolean;
  /** How many records to call members (highest scores) and non-members (lowest), fixed beforehand; else a split sample. */
  readonly guesses?: { readonly members: number; readonly nonMembers: number };
  /** Of the split and of the order among equal scores, an integer in [0, 2^32); default 1. */
  readonly seed?: number;
}

export interface OneRunBounds {
  /** Steinke, Nasr and Jagielski 2023. */
  readonly oneRun: EpsilonBound;
  /** Mahloujifar, Melis and Chaudhuri 2024, for the trade-off of (epsilon, delta)-DP. */
  readonly fDp: EpsilonBound;
  /** What both rest on; null where there is no bound. */
  readonly guesses: OneRunGuesses | null;
}

const oneRunName = 'one run (Steinke, Nasr and Jagielski 2023)';
const fDpName = 'one run, f-DP (Mahloujifar, Melis and Chaudhuri 2024)';

/**
 * Lower bounds of epsilon from one trained model: the records with the highest scores are called members, those with the
 * lowest non-members, the others are left out, and the number of right calls is compared with what (epsilon, delta)-DP
 * allows. Valid only where coins decided about membership; otherwise both bounds are null with the reason.
 *
 * How many calls to make must be fixed without the coins that judge them. If `guesses` does not say, one random half of
 * the records chooses the numbers (the pair with the largest bound on that half) and the other half alone is audited, with
 * the first half's membership taken as given. Equal scores are ordered at random, never by position. Each of the two
 * bounds holds with 95 % confidence by itself.
 *
 * @param scores [n], higher = member, made without this membership
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError as `rocCurve`, when delta is out of range, or when more guesses are asked for than there are records
 */
export function epsilonOfOneRun(scores: Float64Array, members: Uint8Array, audit: OneRunAudit): OneRunBounds {
  const { delta, seed = 1, guesses } = audit;
  requireDelta(delta);
  checkScores(scores, members);
  if (!audit.randomizedMembership) {
    const reason =
      'membership was not decided by a coin for each record (randomized_membership), so one run gives no bound';
    return {
      oneRun: noBound(delta, oneRunName, reason),
      fDp: noBound(delta, fDpName, reason),
      guesses: null,
    };
  }
  const shuffled = randomStream({ seed, role: 'evaluation', purpose: 'split' }).permutation(members.length);
  const half = guesses ? 0 : Math.floor(members.length / 2);
  const chosen = guesses ?? chooseGuesses(ranked(shuffled.subarray(0, half), scores, members), delta);
  const judged = ranked(shuffled.subarray(half), scores, members);
  const scale = guesses ? 1 : judged.length / Math.max(1, half);
  const made = guessed(judged, Math.floor(chosen.members * scale), Math.floor(chosen.nonMembers * scale));
  const words = `${made.correct} of ${made.guesses} guesses right, ${made.canaries} coins, guess counts ${guesses ? 'fixed beforehand' : 'chosen on the other half'}`;
  const bound = (epsilon: number, name: string): EpsilonBound => ({
    ...{ epsilon, delta, method: `${name}: ${words}` },
    reason: epsilon > 0 ? '' : whyZero(made),
  });
  return {
    oneRun: bound(oneRunEpsilon(made, delta), oneRunName),
    fDp: bound(fDpEpsilon(made, delta), fDpName),
    guesses: made,
  };
}

/** Why guesses refute no epsilon: chance guesses are right half of the time. */
function whyZero({ guesses, correct }: OneRunGuesses): string {
  const share = `${correct} of ${guesses} guesses are right`;
  return correct < guesses / 2
    ? `${share}, fewer than by chance: members have the lower scores, or the two sides are swapped`
    : `${share}, which is within chance`;
}

function checkScores(scores: Float64Array, members: Uint8Array): void {
  if (scores.length !== members.length) {
    const rule = `there are ${members.length} memberships`;
    throw badInput('the number of scores', scores.length, rule, 'Pass arrays of the same records');
  }
  const nan = scores.findIndex(Number.isNaN);
  if (nan >= 0) throw badInput(`scores[${nan}]`, NaN, 'a score must be a number', 'Check that record');
  countMembers(members);
}

/** Membership of the records by score, highest first; equal scores stay in the (random) order given. */
function ranked(records: Int32Array, scores: Float64Array, members: Uint8Array): Uint8Array {
  // The sort is stable. Infinite scores have no difference, hence no subtraction.
  const order = Array.from(records).sort((a, b) =>
    scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : 0,
  );
  return Uint8Array.from(order, (i) => members[i]);
}

function guessed(rankedMembers: Uint8Array, top: number, bottom: number): OneRunGuesses {
  const canaries = rankedMembers.length;
  if (!(top >= 0 && bottom >= 0 && top + bottom <= canaries)) {
    const rule = `must be whole numbers that sum to at most ${canaries}, the number of records judged`;
    throw badInput('the guesses', { members: top, nonMembers: bottom }, rule, 'Ask for fewer');
  }
  let correct = 0;
  for (let i = 0; i < top; i++) correct += rankedMembers[i];
  for (let i = 0; i < bottom; i++) correct += 1 - rankedMembers[canaries - 1 - i];
  return { canaries, guesses: top + bottom, correct };
}

/** The pair of guess counts, among powers of sqrt 2, whose bound on these records is the largest. */
function chooseGuesses(rankedMembers: Uint8Array, delta: number): { members: number; nonMembers: number } {
  const canaries = rankedMembers.length;
  const steps = [0];
  for (let k = 1; k <= canaries / 2; k = Math.max(k + 1, Math.floor(k * Math.SQRT2))) steps.push(k);
  let best = { members: Math.floor(canaries / 2), nonMembers: 0, epsilon: 0 };
  for (const top of steps) {
    for (const bottom of steps) {
      const made = guessed(rankedMembers, top, bottom);
      // Most pairs do not beat the best one so far, which one p-value tells.
      if (made.guesses === 0 || oneRunPValue(made, best.epsilon, delta) >= 0.05) continue;
      const epsilon = oneRunEpsilon(made, delta);
      if (epsilon > best.epsilon) best = { members: top, nonMembers: bottom, epsilon };
    }
  }
  return best;
}
