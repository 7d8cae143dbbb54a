import type { Interval } from './interval';
import { newcombe } from './proportions';
import type { RocCurve } from './roc';
import { descendCuts, sortedSides, type SortedSides } from './sorted-sides';
import { badInput } from '../errors';

/** How a fixed rule decided on records whose membership is known. */
export interface DecisionCounts {
  /** Members that were called members. */
  readonly truePositives: number;
  readonly members: number;
  /** Non-members that were called members. */
  readonly falsePositives: number;
  readonly nonMembers: number;
}

/** Counts the decisions (1 = called a member) against the membership, both [n]. */
export function countDecisions(decisions: Uint8Array, members: Uint8Array): DecisionCounts {
  const counts = { truePositives: 0, members: 0, falsePositives: 0, nonMembers: 0 };
  for (let i = 0; i < members.length; i++) {
    if (members[i] === 1) {
      counts.members++;
      counts.truePositives += decisions[i];
    } else {
      counts.nonMembers++;
      counts.falsePositives += decisions[i];
    }
  }
  return counts;
}

/**
 * Advantage TPR - FPR in [-1, 1] (Yeom et al. 2018, arXiv:1709.01604, definition 4) of decisions whose cuts were fixed
 * without these records, with Newcombe's 95 % interval over records.
 */
export function advantage(counts: DecisionCounts): Interval {
  return newcombe(counts.truePositives, counts.members, counts.falsePositives, counts.nonMembers);
}

/** Balanced accuracy (TPR + TNR) / 2 = (advantage + 1) / 2 of the same decisions, with the same interval. */
export function balancedAccuracy(counts: DecisionCounts): Interval {
  const { estimate, low, high, method } = advantage(counts);
  const scaled = (value: number): number => (value + 1) / 2;
  return {
    estimate: scaled(estimate),
    low: low === null ? null : scaled(low),
    high: high === null ? null : scaled(high),
    method,
  };
}

/**
 * The largest TPR - FPR over all cuts of a curve and the cut that attains it (the highest of several). For description
 * only: the cut is chosen on the records that it is judged by, so the number is biased upward and is above 0 even for
 * random scores. It has no interval here.
 */
export function largestAdvantage(curve: RocCurve): {
  readonly advantage: number;
  readonly threshold: number;
} {
  let best = 0;
  for (let v = 1; v < curve.fpr.length; v++) {
    // Equal differences of fractions may differ in their last bits.
    if (curve.tpr[v] - curve.fpr[v] > curve.tpr[best] - curve.fpr[best] + 1e-12) best = v;
  }
  return { advantage: curve.tpr[best] - curve.fpr[best], threshold: curve.thresholds[best] };
}

/** The largest number of records for which the exact distribution is computed where scores tie rarely. */
const EXACT_UP_TO = 5000;
/** The same where fewer than a tenth of the scores are distinct: the limit is far too wide there. */
const EXACT_TIED_UP_TO = 20_000;

/** What the largest advantage over cuts would be if the scores said nothing about membership. */
export interface AdvantageChance {
  /** The observed largest TPR - FPR over all cuts, in [0, 1]. */
  readonly observed: number;
  /** The largest advantage that at least 95 % of random memberships stay at or below. */
  readonly advantage95: number;
  /** How often random memberships reach the observed value or more. */
  readonly pValue: number;
  /** How both were found, in words. */
  readonly method: string;
}

/**
 * The permutation null of the largest advantage. Chosen over all cuts on the records that it is judged by, TPR - FPR is
 * above 0 even for random scores; this says how far. It is the one-sided Kolmogorov-Smirnov statistic, whose distribution
 * over all memberships with the same counts needs no random numbers: walking down the scores, the number of members
 * passed is a hypergeometric chain, and the memberships whose TPR - FPR never reaches d are counted by carrying their
 * probabilities along (Hodges 1957, Arkiv foer Matematik 3; with ties, differences count only below the last of equal
 * scores, Schroeer and Trenkler 1995, Computational Statistics and Data Analysis 20).
 *
 * From 5,000 records on (20,000 where scores tie heavily) Smirnov's limit P = exp(-2 d^2 m n / (m + n)) stands in; ties
 * make it too large, never too small.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError as `rocCurve`
 */
export function advantageChance(scores: Float64Array, members: Uint8Array): AdvantageChance {
  const sides = sortedSides(scores, members);
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  const { observed, cuts } = scan(sides);
  const limitAt = (p: number): number => Math.sqrt((-Math.log(p) * (m + n)) / (2 * m * n));
  const exact = m + n <= (cuts.length * 10 < m + n ? EXACT_TIED_UP_TO : EXACT_UP_TO);
  if (!exact) {
    const d = observed / (m * n);
    return {
      observed: d,
      advantage95: Math.min(1, limitAt(0.05)),
      pValue: Math.exp((-2 * d * d * m * n) / (m + n)),
      method: "Smirnov's limit of the permutation distribution",
    };
  }
  const tail = (d: number): number => reachProbability(m, n, cuts, d);
  // Smallest whole d (in units of 1 / (m n)) that at most 5 % of the memberships reach, less the unit.
  let low = 0;
  let high = m * n + 1;
  const guess = Math.ceil(limitAt(0.05) * 1.1 * m * n);
  if (guess < high && tail(guess) <= 0.05) high = guess;
  while (high - low > Math.max(1, 1e-4 * m * n)) {
    const middle = Math.floor((low + high) / 2);
    if (tail(middle) <= 0.05) high = middle;
    else low = middle;
  }
  return {
    observed: observed / (m * n),
    advantage95: (high - 1) / (m * n),
    pValue: observed <= 0 ? 1 : tail(observed),
    method: 'exact permutation distribution given the ties',
  };
}

/**
 * The largest TPR - FPR over all cuts with a 95 % interval of the population's largest advantage. It holds for all cuts
 * at once, so the choice of the cut is counted: the empirical TPR and FPR curves stay within sqrt(ln(2 / 0.025) / (2 m))
 * and sqrt(ln(2 / 0.025) / (2 n)) of the true ones but for 2.5 % of the samples each (Dvoretzky, Kiefer and Wolfowitz
 * 1956 with the constant of Massart 1990). Wide, and valid at any sample size and with any ties. The estimate is biased
 * upward; read it beside `advantageChance`.
 *
 * @throws UserError as `rocCurve`
 */
export function largestAdvantageInterval(scores: Float64Array, members: Uint8Array): Interval {
  const sides = sortedSides(scores, members);
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  const estimate = scan(sides).observed / (m * n);
  const reach = Math.sqrt(Math.log(80) / 2) * (1 / Math.sqrt(m) + 1 / Math.sqrt(n));
  return {
    estimate,
    low: Math.max(0, estimate - reach),
    high: Math.min(1, estimate + reach),
    method: { name: 'all-cuts' },
  };
}

/** The largest TPR - FPR in units of 1 / (m n), a whole number, and after how many records each cut comes. */
function scan(sides: SortedSides): { observed: number; cuts: number[] } {
  const m = sides.members.length;
  const n = sides.nonMembers.length;
  let observed = 0;
  const cuts: number[] = [];
  descendCuts(sides, (_cut, truePositives, falsePositives) => {
    observed = Math.max(observed, truePositives * n - falsePositives * m);
    cuts.push(truePositives + falsePositives);
  });
  return { observed, cuts };
}

/**
 * P(some cut has (members above) n - (non-members above) m >= d) over random memberships. Carries P(i members among the
 * first t records, no cut reached d so far) from record to record, for the i that have any weight.
 */
function reachProbability(m: number, n: number, cuts: readonly number[], d: number): number {
  if (d <= 0) return 1;
  const chance = new Float64Array(m + 2);
  chance[0] = 1;
  let first = 0;
  let last = 0;
  let reached = 0;
  let cut = 0;
  for (let t = 0; t < m + n; t++) {
    const left = m + n - t;
    // From above, so that each entry is read before it is overwritten.
    for (let i = last; i >= first; i--) {
      const step = chance[i] * ((m - i) / left);
      chance[i + 1] += step;
      chance[i] -= step;
    }
    last = Math.min(m, last + 1);
    while (last > first && chance[last] < 1e-20) chance[last--] = 0;
    while (first < last && chance[first] < 1e-20) chance[first++] = 0;
    if (cuts[cut] !== t + 1) continue;
    cut++;
    for (let i = last; i >= first && i * n - (t + 1 - i) * m >= d; i--) {
      reached += chance[i];
      chance[i] = 0;
    }
  }
  return Math.min(1, reached);
}

/**
 * Privacy-utility score with the advantage: the harmonic mean of test accuracy A and 1 - advantage,
 * P1 = 2 A (1 - adv) / (A + 1 - adv). The form of the CCL authors' plotting code; the one that studies report here.
 *
 * @param testAccuracy in [0, 1]
 * @param advantage TPR - FPR of an attack, in [-1, 1]
 * @returns higher is better, in [0, 1] unless the advantage is negative; 0 when both parts are 0
 * @throws UserError when an argument is outside its range
 */
export function p1FromAdvantage(testAccuracy: number, advantage: number): number {
  requireWithin('the advantage', advantage, -1);
  return harmonicMean(testAccuracy, 1 - advantage);
}

/**
 * Privacy-utility score with the attack's accuracy a: P1 = 2 A (1 - a) / (A + 1 - a). The form of Paul, Cao, Zhang and
 * Burlina 2021, and of the CCL authors' attack code. A useless attack has a = 0.5, so it cannot exceed 2/3.
 *
 * @param testAccuracy in [0, 1]
 * @param attackAccuracy balanced accuracy of an attack, in [0, 1]
 * @returns in [0, 1], higher is better; 0 when both parts are 0
 * @throws UserError when an argument is outside its range
 */
export function p1FromAttackAccuracy(testAccuracy: number, attackAccuracy: number): number {
  requireWithin('the attack accuracy', attackAccuracy, 0);
  return harmonicMean(testAccuracy, 1 - attackAccuracy);
}

function harmonicMean(testAccuracy: number, privacy: number): number {
  requireWithin('the test accuracy', testAccuracy, 0);
  const sum = testAccuracy + privacy;
  return sum === 0 ? 0 : (2 * testAccuracy * privacy) / sum;
}

function requireWithin(what: string, value: number, low: number): void {
  if (value >= low && value <= 1) return;
  throw badInput(what, value, `must be in [${low}, 1]`, 'Pass a fraction, not a percentage');
}
