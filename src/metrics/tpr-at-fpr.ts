import { binomialCdf, binomialMass } from '../platform/math/distributions';
import { clopperPearsonHigh, clopperPearsonLow } from './proportions';
import type { Interval } from './interval';
import { requireRate } from './roc';
import { countAbove, sortedSides, type SortedSides } from './sorted-sides';

/** From this many tolerated false positives on, the bootstrap has its coverage; below, the exact band is used. */
const BOOTSTRAP_FROM = 10;

/**
 * TPR at a nominal FPR x, with a 95 % interval over records that counts the uncertainty of the cut, which is chosen on
 * the same non-members. The rule is that of `tprAtFpr`: the largest TPR with FPR <= x. With k = the largest number of
 * false positives that x tolerates, the rule calls a record a member if it scores above the (k + 1)-th highest
 * non-member.
 *
 * - k >= 10: percentile interval of the stratified bootstrap (members and non-members resampled separately, the cut
 *   chosen anew in each resample), computed exactly instead of by drawing. Coverage measured on binormal scores with
 *   1,000 + 1,000 records at x = 1 %: 94.9 to 97.0 % (see test/metrics/coverage.full.test.ts). With fewer than 10
 *   members above or below the cut the bootstrap has next to no width; there it is joined with Clopper-Pearson at the cut.
 * - 1 <= k < 10: there the bootstrap covers too little (72 to 80 % at k = 1). Instead, the cuts whose true FPR may be x
 *   (exact binomial) joined with Clopper-Pearson bounds of the TPR at the outermost of them, 1.25 % of error on each of
 *   four sides: at least 95 % at any sample size, over 99.9 % measured at x = 0.1 %.
 * - k = 0: not resolvable; the bounds are null.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @param x nominal FPR, in [0, 1]
 * @throws UserError as `rocCurve` and when x is outside [0, 1]
 */
export function tprAtFprInterval(scores: Float64Array, members: Uint8Array, x: number): Interval {
  return tprIntervalOfSides(sortedSides(scores, members), x);
}

/**
 * As `tprAtFprInterval`, for scores that are sorted already: for the many points of a band.
 *
 * @param error chance that the interval misses, in (0, 1); other than 0.05 only for simultaneous intervals
 */
export function tprIntervalOfSides(sides: SortedSides, x: number, error = 0.05): Interval {
  requireRate('the nominal FPR', x);
  const nonMembers = sides.nonMembers.length;
  const tolerated = toleratedFalsePositives(x, nonMembers);
  const estimate = membersAbove(sides, tolerated) / sides.members.length;
  if (tolerated === nonMembers) {
    return { estimate, low: 1, high: 1, method: { name: 'every-record-called' } };
  }
  if (tolerated === 0) {
    return {
      estimate,
      low: null,
      high: null,
      method: { name: 'not-resolvable', least: 1, count: nonMembers },
    };
  }
  return tolerated >= BOOTSTRAP_FROM
    ? bootstrap(sides, tolerated, estimate, error)
    : band(sides, x, estimate, error);
}

/**
 * TNR at a nominal FNR: how sure the attack can be that a record is *not* a member. The mirror image of
 * `tprAtFprInterval` (scores negated, sides swapped), with the same rule, the largest TNR with FNR <= x, and the same
 * intervals; not resolvable below 1 / (number of members).
 *
 * @param x nominal FNR, in [0, 1]
 * @throws UserError as `tprAtFprInterval`
 */
export function tnrAtFnrInterval(scores: Float64Array, members: Uint8Array, x: number): Interval {
  requireRate('the nominal FNR', x);
  const { members: ofMembers, nonMembers } = sortedSides(scores, members);
  const mirrored = (ascending: Float64Array): Float64Array => ascending.map((score) => -score).reverse();
  const found = tprIntervalOfSides({ members: mirrored(nonMembers), nonMembers: mirrored(ofMembers) }, x);
  return { ...found, method: { ...found.method, mirrored: true } as Interval['method'] };
}

/** The smallest nominal FPR for which `tprAtFprInterval` has an interval with this many non-members. */
export function smallestResolvableFpr(nonMembers: number): number {
  return 1 / nonMembers;
}

/** The largest k with k / n <= x in floating point, so that 29 of 100 keep to a nominal 0.29. */
export function toleratedFalsePositives(x: number, n: number): number {
  let k = Math.min(n, Math.floor(x * n) + 1);
  while (k / n > x) k--;
  return k;
}

/** How many members score above the (k + 1)-th highest non-member; all of them when there is none. */
export function membersAbove(sides: SortedSides, k: number): number {
  const n = sides.nonMembers.length;
  return k >= n ? sides.members.length : countAbove(sides.members, sides.nonMembers[n - 1 - k]);
}

/**
 * The stratified bootstrap in the limit of infinitely many resamples. A resample's cut is the original non-member of
 * rank j (0 = highest) with probability P(at most k draws of n fall on ranks < j) - P(at most k fall on ranks <= j), and
 * given the cut, the resampled members above it are binomial. Percentiles of this mixture need no random numbers.
 */
function bootstrap(sides: SortedSides, k: number, estimate: number, error: number): Interval {
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  const chance = new Float64Array(m + 1);
  for (const [count, weight] of cutDistribution(sides, k)) {
    const { first, probabilities } = binomialMass(m, count / m);
    for (let i = 0; i < probabilities.length; i++) chance[first + i] += weight * probabilities[i];
  }
  const low = percentile(chance, error / 2) / m;
  const high = percentile(chance, 1 - error / 2) / m;
  const method = { name: 'resampled-cut', tolerated: k, of: n } as const;
  const called = membersAbove(sides, k);
  if (Math.min(called, m - called) >= BOOTSTRAP_FROM) return { estimate, low, high, method };
  return {
    estimate,
    low: Math.min(low, clopperPearsonLow(called, m, error / 2)),
    high: Math.max(high, clopperPearsonHigh(called, m, error / 2)),
    method: { ...method, joined: true },
  };
}

/** Probability of each number of members above the resampled cut. */
function cutDistribution(sides: SortedSides, k: number): Map<number, number> {
  const weights = new Map<number, number>();
  const { first, chances } = cutRanks(k, sides.nonMembers.length);
  for (let at = 0; at < chances.length; at++) {
    const count = membersAbove(sides, first + at);
    weights.set(count, (weights.get(count) ?? 0) + chances[at]);
  }
  return weights;
}

/** Chances of the ranks first, first + 1, ... of the resampled cut. */
interface CutRanks {
  readonly first: number;
  readonly chances: Float64Array;
}

/** The last few: all attacks of an audit share them. */
const kept = new Map<string, CutRanks>();
const mostKept = 64;

function cutRanks(k: number, n: number): CutRanks {
  const key = `${k} of ${n}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  // Ranks further than this from k have less than 1e-15 of the probability.
  const reach = Math.ceil(9 * Math.sqrt(k + 1) + 40);
  const first = Math.max(0, k - reach);
  const last = Math.min(n - 1, k + reach);
  let before = 1;
  const chances = new Float64Array(last - first + 1);
  for (let rank = first; rank <= last; rank++) {
    const after = rank === last ? 0 : binomialCdf(k, n, (rank + 1) / n);
    chances[rank - first] = Math.max(0, before - after);
    before = after;
  }
  if (kept.size >= mostKept) kept.clear();
  const found = { first, chances };
  kept.set(key, found);
  return found;
}

/** The smallest count whose cumulative chance reaches q. */
function percentile(chance: Float64Array, q: number): number {
  let sum = 0;
  for (let count = 0; count < chance.length; count++) {
    sum += chance[count];
    if (sum >= q) return count;
  }
  return chance.length - 1;
}

/**
 * The true cut of FPR x has Bin(n, x) non-members above it: between `fewest` and `most` of them but for 2.5 % of the
 * samples. The members above it, fixed beforehand, then lie between those above the two outermost cuts, and
 * Clopper-Pearson bounds grow with the count.
 */
function band(sides: SortedSides, x: number, estimate: number, error: number): Interval {
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  const tail = error / 4;
  const { first, probabilities } = binomialMass(n, x);
  let fewest = first;
  for (let i = 0, sum = probabilities[0]; sum <= tail; sum += probabilities[++i]) fewest++;
  let most = first + probabilities.length - 1;
  for (let i = probabilities.length - 1, sum = probabilities[i]; sum <= tail; sum += probabilities[--i])
    most--;
  const below = fewest === 0 ? 0 : membersAbove(sides, fewest - 1);
  const above = membersAbove(sides, most);
  return {
    estimate,
    low: clopperPearsonLow(below, m, tail),
    high: clopperPearsonHigh(above, m, tail),
    method: { name: 'outermost-cuts', fewest, most, of: n },
  };
}
