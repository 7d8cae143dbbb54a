import { badInput } from '../errors';
import { normalCdf } from '../math/distributions';
import { auc } from './auc';
import type { Interval } from './interval';
import { midranks } from './midranks';
import { countMembers } from './sorted-sides';

/** One model beside the target, with a score of each record under it. */
export interface ReferenceScores {
  /** [n], e.g. the confidence in the true class. */
  readonly scores: Float64Array;
  /** 1 = this reference model was trained on the record, [n]. */
  readonly held: Uint8Array;
}

/** Do models that did not see the difference tell the target's members from its non-members? */
export interface ShiftTest {
  /**
   * AUC of the pooled reference score for the *target's* membership; 0.5 without shift, in either direction with it.
   * Null where nothing could be compared.
   */
  readonly auc: Interval | null;
  /** Two-sided; null likewise. */
  readonly pValue: number | null;
  /** In words. */
  readonly method: string;
}

/**
 * Leak or shift? Compares the target's members with its non-members under reference models that were trained on both of
 * a pair or on neither: within each reference model the records that it held are ranked among themselves, and so are the
 * others, so what that model memorized cancels. A record's ranks are averaged over the reference models, and the average
 * is tested against the target's membership (two-sided rank test with the exact permutation variance). Members that stand
 * out here do so without having been trained on: the groups differ for another reason, and an attack on the target may
 * see that reason instead of a leak.
 *
 * Nothing can be compared where each reference model held either just the target's members or just its non-members, as
 * with a single reference model that was trained on all the target was not.
 *
 * @param references at least one model, the target not among them
 * @param members of the target, [n], 1 = member
 * @throws UserError on a length mismatch, a NaN score, without references or when one side is empty
 */
export function shiftTest(references: readonly ReferenceScores[], members: Uint8Array): ShiftTest {
  const n = members.length;
  if (references.length === 0) {
    const remedy = 'Without another model this cannot be tested';
    throw badInput('the number of reference models', 0, 'must be at least 1', remedy);
  }
  const m = countMembers(members);
  const average = new Float64Array(n);
  let compared = 0;
  references.forEach(({ scores, held }, index) => {
    if (scores.length !== n || held.length !== n) {
      const rule = `the target has ${n}`;
      throw badInput(
        `the number of records of reference ${index}`,
        scores.length,
        rule,
        'Pass the same records',
      );
    }
    const nan = scores.findIndex(Number.isNaN);
    if (nan >= 0)
      throw badInput(`scores[${nan}] of reference ${index}`, NaN, 'must be a number', 'Check the logits');
    for (const side of [0, 1]) {
      const places = Uint32Array.from(held.keys()).filter((i) => held[i] === side);
      const own = places.filter((i) => members[i] === 1).length;
      if (own === 0 || own === places.length) continue;
      compared++;
      addCenteredRanks(average, scores, places);
    }
  });
  if (compared === 0) {
    const method =
      'not testable: no reference model held (or lacked) both members and non-members of the target';
    return { auc: null, pValue: null, method };
  }
  const pooled = average.map((sum) => sum / references.length);
  const z = rankTest(pooled, members, m);
  const models = references.length === 1 ? '1 reference model' : `${references.length} reference models`;
  return {
    auc: auc(pooled, members),
    pValue: 2 * normalCdf(-Math.abs(z)),
    method: `two-sided rank test of the target's membership on ${models}, ranked within held and not held records`,
  };
}

/**
 * The two-sided rank test (Mann and Whitney 1947) of any score against membership, with the exact variance given the
 * ties: what `shiftTest` does, for a score that no training has touched, such as the length of a text.
 *
 * @throws UserError as `auc`
 */
export function membershipByScore(
  scores: Float64Array,
  members: Uint8Array,
): ShiftTest & { readonly auc: Interval; readonly pValue: number } {
  const area = auc(scores, members);
  return {
    auc: area,
    pValue: 2 * normalCdf(-Math.abs(rankTest(scores, members, countMembers(members)))),
    method: 'two-sided rank test',
  };
}

/** Adds (rank - 1/2) / size - 1/2 among the given records, in (-1/2, 1/2) with mean 0. */
function addCenteredRanks(sums: Float64Array, scores: Float64Array, places: Uint32Array): void {
  const ranks = midranks(Float64Array.from(places, (i) => scores[i]));
  places.forEach((record, at) => {
    // Few enough bits that sums in any order are exact, so that equal averages stay ties.
    sums[record] += Math.fround((ranks[at] - 0.5) / places.length - 0.5);
  });
}

/** Standardized rank sum of the members; 0 when all values are equal. */
function rankTest(values: Float64Array, members: Uint8Array, m: number): number {
  const n = values.length;
  const ranks = midranks(values);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const centered = ranks[i] - (n + 1) / 2;
    squares += centered * centered;
    if (members[i] === 1) sum += centered;
  }
  return squares === 0 ? 0 : sum / Math.sqrt(((m * (n - m)) / (n * (n - 1))) * squares);
}
