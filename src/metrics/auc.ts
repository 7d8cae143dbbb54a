import { normalQuantile, tQuantile } from '../platform/math/distributions';
import { clopperPearsonLow } from './proportions';
import type { Interval } from './interval';
import { descendCuts, placements, sortedSides, type SortedSides } from './sorted-sides';
import { unitMembers, unitSums, type Units } from './units';

/**
 * Area under the ROC curve: P(member's score > non-member's) + P(equal) / 2 (Mann-Whitney), in [0, 1], with a 95 %
 * interval over records.
 *
 * The variance is DeLong's (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44) from placements found by one merge
 * (what the midranks of Sun and Xu 2014 give); the interval is symmetric on the logit scale (Pepe 2003),
 * which keeps it inside [0, 1] and right near its ends. With fewer than 30 records on a side the quantile is Student's t, by
 * the degrees of freedom of Welch and Satterthwaite: 5 members among 95 are covered by 95 %, not 90 %. Where DeLong's variance is 0 or undefined it is no basis for an
 * interval, and a bound that holds at any sample size stands in (see `boundWithoutVariance`).
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @param error chance that the interval misses, in (0, 1); other than 0.05 only for simultaneous intervals of several attacks
 * @throws UserError on a length mismatch, a NaN score, a membership other than 0 or 1, or an empty side
 */
export function auc(scores: Float64Array, members: Uint8Array, error = 0.05): Interval {
  const sides = sortedSides(scores, members);
  const estimate = areaOf(sides);
  const variance = deLongVariance(sides, estimate);
  if (!(variance > 0) || estimate === 0 || estimate === 1) {
    return boundWithoutVariance(sides, estimate, error);
  }
  const center = Math.log(estimate / (1 - estimate));
  const half =
    (quantileFor(sides, estimate, 1 - error / 2) * Math.sqrt(variance)) / (estimate * (1 - estimate));
  return {
    estimate,
    low: 1 / (1 + Math.exp(half - center)),
    high: 1 / (1 + Math.exp(-half - center)),
    method: { name: 'delong' },
  };
}

/** From this many records on both sides the normal quantile serves. */
const manyRecords = 30;

function quantileFor(sides: SortedSides, area: number, p: number): number {
  const [m, n] = [sides.members.length, sides.nonMembers.length];
  if (Math.min(m, n) >= manyRecords) return normalQuantile(p);
  const [ofMembers, ofNonMembers] = deLongParts(sides, area);
  const freedom = (ofMembers + ofNonMembers) ** 2 / (ofMembers ** 2 / (m - 1) + ofNonMembers ** 2 / (n - 1));
  return tQuantile(p, freedom);
}

/** The area alone, without interval: for the many points of a path over epochs. Same input and errors as `auc`. */
export function aucEstimate(scores: Float64Array, members: Uint8Array): number {
  return areaOf(sortedSides(scores, members));
}

/** Visits each group of equal scores: sizes on both sides, and how many of each side score higher. */
function visitTies(
  sides: SortedSides,
  visit: (members: number, nonMembers: number, membersAbove: number, nonMembersAbove: number) => void,
): void {
  let membersAbove = 0;
  let nonMembersAbove = 0;
  descendCuts(sides, (_cut, truePositives, falsePositives) => {
    visit(truePositives - membersAbove, falsePositives - nonMembersAbove, membersAbove, nonMembersAbove);
    membersAbove = truePositives;
    nonMembersAbove = falsePositives;
  });
}

function areaOf(sides: SortedSides): number {
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  // Twice the pairs won, so that ties stay whole numbers and sums are exact up to 2^53 pairs.
  let twiceWon = 0;
  visitTies(sides, (a, b, _membersAbove, nonMembersAbove) => {
    twiceWon += a * (2 * (n - nonMembersAbove - b) + b);
  });
  return twiceWon / (2 * m * n);
}

function deLongVariance(sides: SortedSides, area: number): number {
  const [ofMembers, ofNonMembers] = deLongParts(sides, area);
  return ofMembers + ofNonMembers;
}

/** What the members and what the non-members add to the variance. */
function deLongParts(sides: SortedSides, area: number): [number, number] {
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  let memberSquares = 0;
  let nonMemberSquares = 0;
  visitTies(sides, (a, b, membersAbove, nonMembersAbove) => {
    const memberPlacement = (n - nonMembersAbove - b / 2) / n;
    const nonMemberPlacement = (membersAbove + a / 2) / m;
    memberSquares += a * (memberPlacement - area) ** 2;
    nonMemberSquares += b * (nonMemberPlacement - area) ** 2;
  });
  return [memberSquares / (m - 1) / m, nonMemberSquares / (n - 1) / n];
}

/**
 * With r = min(m, n), the records form r disjoint pairs of a member and a non-member, which are independent. Perfect
 * separation means that all r pairs are won, so the exact binomial bound of r out of r holds. In any other case the area
 * is a U-statistic with values in [0, 1], and Hoeffding's inequality (1963, JASA 58, section 5) gives
 * area +- sqrt(ln(2 / error) / (2 r)).
 */
function boundWithoutVariance(sides: SortedSides, estimate: number, error: number): Interval {
  const pairs = Math.min(sides.members.length, sides.nonMembers.length);
  if (estimate === 0 || estimate === 1) {
    const reach = clopperPearsonLow(pairs, pairs, error / 2);
    return {
      estimate,
      low: estimate === 1 ? reach : 0,
      high: estimate === 1 ? 1 : 1 - reach,
      method: { name: 'disjoint-pairs', bound: 'clopper-pearson', pairs },
    };
  }
  const half = Math.sqrt(Math.log(2 / error) / (2 * pairs));
  return {
    estimate,
    low: Math.max(0, estimate - half),
    high: Math.min(1, estimate + half),
    method: { name: 'disjoint-pairs', bound: 'hoeffding', pairs },
  };
}

/**
 * The AUC with an interval over units: the placements of a unit's records are summed before their variance is taken
 * (Obuchowski 1997, Biometrics 53; here no unit has records on both sides, so the two sides are independent), on the
 * logit scale, with Student's t for the number of units.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member
 * @param error chance that the interval misses
 * @returns without bounds where a side has one unit or the variance is 0
 * @throws UserError as `auc` and `unitMembers`
 */
export function aucOfUnits(scores: Float64Array, members: Uint8Array, units: Units, error = 0.05): Interval {
  const { estimate } = auc(scores, members);
  const centered = placements(scores, members).map((value) => value - estimate);
  const sums = unitSums(units, centered);
  const sides = unitMembers(units, members);
  const memberCount = members.reduce((sum, flag) => sum + flag, 0);
  const [others, own] = [0, 1].map((side) => sides.filter((one) => one === side).length);
  const variance = [members.length - memberCount, memberCount].reduce((sum, records, side) => {
    const count = side === 1 ? own : others;
    const squares = sums.reduce(
      (total, value, unit) => total + (sides[unit] === side ? value * value : 0),
      0,
    );
    return sum + ((count / (count - 1)) * squares) / (records * records);
  }, 0);
  if (!(variance > 0) || estimate === 0 || estimate === 1) {
    return {
      estimate,
      low: null,
      high: null,
      method: { name: 'too-few-groups', members: own, nonMembers: others },
    };
  }
  const center = Math.log(estimate / (1 - estimate));
  const t = tQuantile(1 - error / 2, own + others - 2);
  const half = (t * Math.sqrt(variance)) / (estimate * (1 - estimate));
  return {
    estimate,
    low: 1 / (1 + Math.exp(half - center)),
    high: 1 / (1 + Math.exp(-half - center)),
    method: { name: 'obuchowski', members: own, nonMembers: others },
  };
}
