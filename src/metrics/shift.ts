import { badInput } from '../errors';
import { normalCdf } from '../platform/math/distributions';
import { auc, aucOfUnits } from './auc';
import type { Interval } from './interval';
import { countMembers, midranks } from './sorted-sides';
import { unitsAt, type Units } from './units';

/** One model beside the target, with a score of each record under it. */
export interface ReferenceScores {
  /** [n], e.g. the confidence in the true class. */
  readonly scores: Float64Array;
  /** 1 = this reference model was trained on the record, [n]. */
  readonly held: Uint8Array;
  /** 1 = the record is judged by this model, [n]; default all. See `comparedModels`. */
  readonly used?: Uint8Array;
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
  /** How many records were compared with others that as many models of each kind judge. */
  readonly compared: number;
  /** In words. */
  readonly method: string;
}

/**
 * Leak or shift? Compares the target's members with its non-members under reference models that were trained on both of
 * a pair or on neither: within each reference model the records that it held are ranked among themselves, and so are the
 * others, so what that model memorized cancels. A record's ranks are averaged over the models that held it and over those
 * that did not, and the sum of the two averages is tested against the target's membership (two-sided rank test with the
 * exact permutation variance). Members that stand out here do so without having been trained on: the groups differ for
 * another reason, and an attack on the target may see that reason instead of a leak.
 *
 * Ranks under models that held a record are distributed otherwise than ranks under those that did not, and an average of
 * many otherwise than one of few (with labels as the only output, grossly). So only records are compared that as many
 * models of each kind judge (van Elteren's test over these strata), and in a plan in which each record is in exactly half of
 * the models `used` must make the numbers equal: there the numbers themselves tell the membership.
 *
 * Nothing can be compared where each reference model held either just the target's members or just its non-members, as
 * with a single reference model that was trained on all the target was not.
 *
 * @param references at least one model, the target not among them
 * @param members of the target, [n], 1 = member
 * @param units groups of records that were dealt as a whole: chance then deals groups
 * @throws UserError on a length mismatch, a NaN score, without references or when one side is empty
 */
export function shiftTest(
  references: readonly ReferenceScores[],
  members: Uint8Array,
  units?: Units,
): ShiftTest {
  if (references.length === 0) {
    const remedy = 'Without another model this cannot be tested';
    throw badInput('the number of reference models', 0, 'must be at least 1', remedy);
  }
  countMembers(members);
  const judged = judgedRanks(references, members.length);
  const strata = strataOf(judged, members);
  if (strata.length === 0) {
    const method =
      'not testable: no reference model held (or lacked) both members and non-members of the target';
    return { auc: null, pValue: null, compared: 0, method };
  }
  const places = Uint32Array.from(strata.flatMap((own) => [...own]));
  const flags = Uint8Array.from(places, (i) => members[i]);
  const ranked = strata.map((own) => ({
    ranks: midranks(Float64Array.from(own, (i) => judged.values[i])),
    members: Uint8Array.from(own, (i) => members[i]),
    units: units && Uint32Array.from(own, (i) => units.of[i]),
  }));
  // Places within the strata, so that one number can stand for all of them.
  const ranks = Float64Array.from(
    ranked.flatMap((own) => Array.from(own.ranks, (rank) => (rank - 0.5) / own.ranks.length)),
  );
  const z = stratifiedRankTest(ranked);
  const models = references.length === 1 ? '1 reference model' : `${references.length} reference models`;
  return {
    auc: units === undefined ? auc(ranks, flags) : aucOfUnits(ranks, flags, unitsAt(units, places)),
    pValue: 2 * normalCdf(-Math.abs(z)),
    compared: places.length,
    method: `two-sided rank test of the target's membership on ${models}, ranked within held and not held records`,
  };
}

interface JudgedRanks {
  /** Sum of the mean rank under the models that held the record and of that under those that did not, [n]. */
  readonly values: Float64Array;
  /** How many models of each kind judge a record, as one number, [n]; 0 = none. */
  readonly kinds: Int32Array;
}

function judgedRanks(references: readonly ReferenceScores[], n: number): JudgedRanks {
  const sums = [new Float64Array(n), new Float64Array(n)];
  const counts = [new Int32Array(n), new Int32Array(n)];
  references.forEach(({ scores, held, used }, index) => {
    if (scores.length !== n || held.length !== n || (used !== undefined && used.length !== n)) {
      const rule = `the target has ${n}`;
      const remedy = 'Pass the same records';
      throw badInput(`the number of records of reference ${index}`, scores.length, rule, remedy);
    }
    const nan = scores.findIndex(Number.isNaN);
    if (nan >= 0)
      throw badInput(`scores[${nan}] of reference ${index}`, NaN, 'must be a number', 'Check the logits');
    for (const side of [0, 1]) {
      const places = Uint32Array.from(held.keys()).filter((i) => held[i] === side);
      const ranks = midranks(Float64Array.from(places, (i) => scores[i]));
      places.forEach((record, at) => {
        if (used?.[record] === 0) return;
        counts[side][record]++;
        // Few enough bits that sums in any order are exact, so that equal averages stay ties.
        sums[side][record] += Math.fround((ranks[at] - 0.5) / places.length - 0.5);
      });
    }
  });
  const kinds = counts[1].map((inside, i) => inside * (references.length + 1) + counts[0][i]);
  const values = sums[0].map((outside, i) => {
    const [out, own] = [counts[0][i], counts[1][i]];
    if (out === own || out === 0 || own === 0) return outside + sums[1][i];
    return outside / out + sums[1][i] / own;
  });
  return { values, kinds };
}

/** Records that are judged by as many models of each kind, where both members and non-members are among them. */
function strataOf({ kinds }: JudgedRanks, members: Uint8Array): Uint32Array[] {
  return [...new Set(kinds)]
    .filter((kind) => kind > 0)
    .sort((a, b) => a - b)
    .map((kind) => Uint32Array.from(kinds.keys()).filter((i) => kinds[i] === kind))
    .filter((own) => own.some((i) => members[i] === 1) && own.some((i) => members[i] === 0));
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
    compared: scores.length,
    pValue: 2 * normalCdf(-Math.abs(stratifiedRankTest([{ ranks: midranks(scores), members }]))),
    method: 'two-sided rank test',
  };
}

/** Records that chance may exchange. */
interface Stratum {
  /** Midranks among themselves. */
  readonly ranks: Float64Array;
  readonly members: Uint8Array;
  /** The unit of each record; default each its own. */
  readonly units?: Uint32Array | undefined;
}

/**
 * Standardized sum of the members' ranks within strata (van Elteren 1960), with the exact variance over memberships of
 * records or units, given the ties; 0 when all values are equal.
 */
function stratifiedRankTest(strata: readonly Stratum[]): number {
  let total = 0;
  let variance = 0;
  for (const { ranks, members, units } of strata) {
    const n = ranks.length;
    const sums = new Map<number, number>();
    const sides = new Map<number, number>();
    ranks.forEach((rank, i) => {
      const unit = units === undefined ? i : units[i];
      sums.set(unit, (sums.get(unit) ?? 0) + (rank - (n + 1) / 2) / (n + 1));
      sides.set(unit, members[i]);
    });
    let own = 0;
    let squares = 0;
    sums.forEach((sum, unit) => {
      squares += sum * sum;
      if (sides.get(unit) !== 1) return;
      own++;
      total += sum;
    });
    variance += ((own * (sums.size - own)) / (sums.size * (sums.size - 1))) * squares;
  }
  return variance === 0 ? 0 : total / Math.sqrt(variance);
}
