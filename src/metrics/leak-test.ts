import { badInput } from '../errors';
import { logNormalCdf, binomialCdf } from '../platform/math/distributions';
import { quantileOfSorted } from '../platform/math/quantile';
import {
  affordableAdditions,
  type AttackScoring,
  normalSums,
  permutedSums,
  rankColumn,
  type RankColumn,
  usableRecords,
  zOf,
} from './auc-null';
import { tprSurprises } from './detectable-effect';
import {
  membershipsOf,
  type PermutationOptions,
  permutationStream,
  randomMemberships,
  requirePermutations,
  type Units,
} from './units';
import { requireRate } from './roc';
import { ascendingOrder, countMembers, sortedSides } from './sorted-sides';
import { membersAbove, toleratedFalsePositives } from './tpr-at-fpr';

/** On which side of the scores members are found: `high` is where every attack expects them. */
export type Side = 'high' | 'low';

/** One number of one attack, and how often chance gives anything as surprising. */
export interface Evidence {
  /** Position among the attacks. */
  readonly attack: number;
  /** `auc`: the ranking as a whole; `tpr`: members beyond all but the share `fpr` of the non-members. */
  readonly statistic: 'auc' | 'tpr';
  /** The nominal FPR of `tpr`; 0 for members beyond every non-member; null for `auc`. */
  readonly fpr: number | null;
  /** Where the members stand out. Of an AUC: above or below one half. */
  readonly side: Side;
  /** The AUC, or the share of the members. */
  readonly value: number;
  /** - ln of the chance that a useless score, taken alone and without ties, gives this much or more. */
  readonly surprise: number;
  /** How often random memberships give any attack, in any of the numbers and on either side, as large a surprise. */
  readonly correctedPValue: number;
}

/** All numbers of all attacks under one joint null. */
export interface LeakTest {
  /** Of each attack and statistic the more surprising side; the most surprising first, equals by position. */
  readonly evidence: readonly Evidence[];
  readonly attacks: number;
  /** Rates of `tpr` that this many non-members tell apart; 0 is one of them. */
  readonly fprs: readonly number[];
  readonly permutations: number;
  /** Whether sums of ranks came from their normal limit, drawn apart from the counts of the tails. */
  readonly normalLimit: boolean;
  /** Variance of an AUC over random memberships by that of independent records, the median of the attacks; 1 without units. */
  readonly inflation: number;
  /** The surprise that evidence must exceed for a corrected p-value below `level`; in (0, 1). */
  critical(level: number): number;
}

export interface LeakTestOptions extends PermutationOptions {
  /** As there; default 9,999, and 1,999 where sums of ranks come from their normal limit. */
  readonly permutations?: number;
  /** Where records were dealt together, by unit, chance deals units too. */
  readonly units?: Units;
  /** Nominal false positive rates besides 0; default 0.001 and 0.01. */
  readonly fprs?: readonly number[];
}

/**
 * Does anything in these scores tell members from non-members? An AUC sees a leak of all members, a TPR at a low FPR one
 * of few, so the test takes both: each attack's AUC and TPRs, on both sides of its scores, as surprises (- ln p of the
 * rank test and of the beta-binomial `tprChance`), and the largest of them under random memberships, the same for all
 * attacks, which keeps their dependence (min-P of Westfall and Young 1993, single step). The surprises are only a common
 * scale; ties and small samples are accounted for by the permutations.
 *
 * Where sums of ranks cost too much they are drawn from their normal limit, independently of the counts in the tails;
 * both grow together, so this errs to the side of larger p-values.
 *
 * Scores must not have been fitted on this membership.
 *
 * @param attacks at least one, all on the same n records
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError as `auc`, without attacks, on a rate outside [0, 1], and on fewer than 999 permutations
 */
export function leakTest(
  attacks: readonly AttackScoring[],
  members: Uint8Array,
  options: LeakTestOptions = {},
): LeakTest {
  const { seed = 1, fprs: asked = [0.001, 0.01], units } = options;
  if (attacks.length === 0) throw badInput('the number of attacks', 0, 'must be at least 1', 'Pass scores');
  asked.forEach((fpr) => requireRate('the nominal FPR', fpr));
  const columns = attacks.map((attack) => rankColumn(attack, members, units));
  const stream = permutationStream(seed);
  const memberCount = countMembers(members);
  const fewer = Math.min(memberCount, members.length - memberCount);
  const fprs = toldApart(asked, members.length - memberCount);
  const tails = attacks.map((attack) => tailsOf(attack, members, fprs));
  const isAffordable = 9999 * fewer * attacks.length <= affordableAdditions;
  const { permutations = isAffordable ? 9999 : 1999 } = options;
  requirePermutations(permutations);
  // Sums over few units are far from normal.
  const counted = isAffordable || units !== undefined;
  const all = counted ? randomMemberships(members, stream, units) : null;
  const inTails = tails.flatMap(({ high, low }) => [high.records, low.records]);
  const drawn = all ?? membershipsOf(inTails, members, stream);
  const sums = all === null ? normalSums(columns, stream) : permutedSums(columns, all);
  const row = new Float64Array(attacks.length);
  const largest = new Float64Array(permutations);
  for (let b = 0; b < permutations; b++) {
    drawn.draw();
    sums(row);
    const size = row.reduce((most, z) => Math.max(most, Math.abs(z)), 0);
    largest[b] = tails.reduce(
      (most, { high, low }) => Math.max(most, high.most(drawn.flags), low.most(drawn.flags)),
      aucSurprise(size),
    );
  }
  largest.sort();
  return {
    evidence: found(columns, tails, fprs, largest),
    attacks: attacks.length,
    fprs,
    permutations,
    normalLimit: !counted,
    inflation: median(columns.map(({ inflation }) => inflation)),
    critical: (level) => {
      // p = (1 + count) / (B + 1) < level
      const allowed = Math.ceil(level * (permutations + 1)) - 2;
      return allowed < 0 ? Infinity : largest[permutations - 1 - Math.min(allowed, permutations - 1)];
    },
  };
}

/** Rates that tolerate different numbers of false positives, ascending from 0. */
function toldApart(asked: readonly number[], nonMembers: number): number[] {
  const seen = new Set<number>();
  return [0, ...[...asked].sort((a, b) => a - b)].filter((fpr) => {
    const k = toleratedFalsePositives(fpr, nonMembers);
    return !seen.has(k) && seen.add(k);
  });
}

/** One side of the scores of an attack. */
interface Tail extends TailWalk {
  /** Members beyond each cut, and the surprise of it. */
  readonly observed: readonly { readonly count: number; readonly surprise: number }[];
}

function tailsOf(attack: AttackScoring, members: Uint8Array, fprs: readonly number[]): Record<Side, Tail> {
  const kept = usableRecords(attack, members.length);
  const values = Float64Array.from(kept, (i) => attack.scores[i]);
  const flags = Uint8Array.from(kept, (i) => members[i]);
  const share = members.reduce((sum, flag) => sum + flag, 0) / members.length;
  // Fixed for all memberships: how many of the usable records are members on average.
  const m = Math.min(kept.length - 1, Math.max(1, Math.round(share * kept.length)));
  const cuts = fprs.map((fpr) => {
    const tolerated = toleratedFalsePositives(fpr, kept.length - m);
    return { tolerated, surprise: tprSurprises(m, kept.length - m, tolerated) };
  });
  const tail = (upward: Float64Array): Tail => {
    const sides = sortedSides(upward, flags);
    const observed = cuts.map((cut) => {
      const count = membersAbove(sides, cut.tolerated);
      return { count, surprise: surpriseOf(cut, count) };
    });
    return { observed, ...tailWalk(upward, kept, cuts, 1 - share) };
  };
  return { high: tail(values), low: tail(values.map((value) => -value)) };
}

/** - ln of the two-sided normal p-value of an AUC that lies z deviations from one half. */
function aucSurprise(z: number): number {
  return Math.max(0, -Math.LN2 - logNormalCdf(-Math.abs(z)));
}

function found(
  columns: readonly RankColumn[],
  tails: readonly Record<Side, Tail>[],
  fprs: readonly number[],
  largest: Float64Array,
): Evidence[] {
  const correct = (surprise: number): number => {
    let below = 0;
    let above = largest.length;
    while (below < above) {
      const middle = (below + above) >>> 1;
      // Sums in another order differ in their last bits.
      if (largest[middle] >= surprise - 1e-9) above = middle;
      else below = middle + 1;
    }
    return (1 + largest.length - below) / (largest.length + 1);
  };
  const all = columns.flatMap((column, attack) => {
    const z = zOf(column);
    const area = { attack, statistic: 'auc' as const, fpr: null, side: sideOf(z >= 0) };
    const { high, low } = tails[attack];
    return [
      { ...area, value: 0.5 + column.observed / column.pairs, surprise: aucSurprise(z) },
      ...fprs.map((fpr, i) => {
        const side = sideOf(high.observed[i].surprise >= low.observed[i].surprise);
        const { count, surprise } = tails[attack][side].observed[i];
        return { attack, statistic: 'tpr' as const, fpr, side, value: count / column.members, surprise };
      }),
    ];
  });
  return all
    .map((evidence) => ({ ...evidence, correctedPValue: correct(evidence.surprise) }))
    .sort((a, b) => b.surprise - a.surprise);
}

function median(values: readonly number[]): number {
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}

function sideOf(high: boolean): Side {
  return high ? 'high' : 'low';
}

/** How surprising a number of members beyond a cut is. */
export interface CutSurprise {
  /** False positives that the cut may have. */
  readonly tolerated: number;
  /** - ln p of each number of members beyond it, [members + 1]. */
  readonly surprise: Float64Array;
}

/** The surprise of a number of members; a random membership may have more of them than the table was made for. */
export function surpriseOf({ surprise }: CutSurprise, count: number): number {
  return surprise[Math.min(count, surprise.length - 1)];
}

export interface TailWalk {
  /** The records that the walk may come to, by position in a membership. */
  readonly records: Uint32Array;
  /** The largest surprise over the cuts under a membership. */
  most(flags: Uint8Array): number;
}

/** A walk that is cut off before its end loses less than this share of the random memberships. */
const negligible = 1e-12;

/**
 * The upper tail of scores, sorted once: the largest surprise over several cuts in one walk, for any random membership.
 * A walk ends where the false positives of the last cut are used up, after about FPR (m + n) records. Equal scores go
 * together: a cut has the most members that come with no more false positives than it may have.
 *
 * @param scores [k], none NaN
 * @param records [k], the position of each in a membership
 * @param cuts false positives ascending
 * @param share the share of non-members
 */
export function tailWalk(
  scores: Float64Array,
  records: Uint32Array,
  cuts: readonly CutSurprise[],
  share: number,
): TailWalk {
  const last = cuts[cuts.length - 1].tolerated;
  let depth = 2 * last + 2;
  while (depth < scores.length && binomialCdf(last, depth, share) > negligible) depth *= 2;
  const least = scores.slice().sort()[Math.max(0, scores.length - depth)];
  const tail = Uint32Array.from(scores.keys()).filter((i) => scores[i] >= least);
  const order = ascendingOrder(Float64Array.from(tail, (i) => scores[i])).reverse();
  const sorted = order.map((at) => records[tail[at]]);
  const lastOfTie = Uint8Array.from(order, (at, i) =>
    i + 1 === order.length || scores[tail[order[i + 1]]] !== scores[tail[at]] ? 1 : 0,
  );
  const most = (flags: Uint8Array): number => {
    let cut = 0;
    let limit = cuts[0].tolerated;
    let above = 0;
    let falseAbove = 0;
    let best = 0;
    let largest = 0;
    for (let i = 0; i < sorted.length; i++) {
      const flag = flags[sorted[i]];
      above += flag;
      falseAbove += 1 - flag;
      while (falseAbove > limit) {
        largest = Math.max(largest, surpriseOf(cuts[cut++], best));
        if (cut === cuts.length) return largest;
        limit = cuts[cut].tolerated;
      }
      if (lastOfTie[i] === 1) best = above;
    }
    for (; cut < cuts.length; cut++) largest = Math.max(largest, surpriseOf(cuts[cut], best));
    return largest;
  };
  return { records: sorted, most };
}
