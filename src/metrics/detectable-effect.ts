import { badInput } from '../errors';
import { normalQuantile } from '../platform/math/distributions';
import { requireRate } from './roc';
import { toleratedFalsePositives } from './tpr-at-fpr';

/** How large a sample is and how it is tested. */
export interface PowerOptions {
  readonly members: number;
  readonly nonMembers: number;
  /** One-sided error of the test, in (0, 1/2); default 0.05. */
  readonly error?: number;
  /** Chance of seeing the effect, in (0, 1); default 0.8. */
  readonly power?: number;
  /** Number of attacks among which the best is reported; the error is divided by it (Bonferroni). Default 1. */
  readonly attacks?: number;
}

/**
 * The smallest AUC that a one-sided rank test tells from 0.5 with the given power. Null deviation
 * s0 = sqrt((m + n + 1) / (12 m n)); the deviation at an area A is that of Hanley and McNeil (1982, Radiology 143):
 * A is the root of A = 1/2 + z(1 - error) s0 + z(power) s(A).
 *
 * @returns in (0.5, 1]; 1 where not even perfect separation is seen with that power
 * @throws UserError when an option is outside its range
 */
export function smallestDetectableAuc(options: PowerOptions): number {
  const { members: m, nonMembers: n, error, power } = checked(options);
  const critical = 0.5 + normalQuantile(1 - error) * Math.sqrt((m + n + 1) / (12 * m * n));
  const deviation = (area: number): number => {
    const q1 = area / (2 - area);
    const q2 = (2 * area * area) / (1 + area);
    const square = area * area;
    return Math.sqrt((area * (1 - area) + (m - 1) * (q1 - square) + (n - 1) * (q2 - square)) / (m * n));
  };
  const seen = (area: number): boolean => area - critical >= normalQuantile(power) * deviation(area);
  if (!seen(1)) return 1;
  return smallest(0.5, 1, seen);
}

/**
 * The chance that a useless score calls `called` or more of m members at a cut that tolerates k of n false positives: the
 * exact p-value of a TPR at a nominal FPR against «no leak». The rank of the cut among all records is random, which makes
 * the number of members above it beta-binomial: Bin(m, q) with q ~ Beta(k + 1, n - k). Assumes no ties.
 *
 * @param called members above the cut, an integer in [0, m]
 * @param fpr nominal FPR, in [0, 1], that tolerates fewer than all n
 * @returns in [0, 1]
 */
export function tprChance(called: number, members: number, nonMembers: number, fpr: number): number {
  const tail = tprSurprises(members, nonMembers, toleratedFalsePositives(fpr, nonMembers));
  return called <= 0 ? 1 : Math.exp(-tail[called]);
}

/**
 * - ln of `tprChance` for each number of called members: 0, ..., m of m, where k of n false positives are tolerated.
 *
 * @returns [m + 1], ascending from 0; all 0 where every non-member is tolerated
 */
export function tprSurprises(m: number, n: number, k: number): Float64Array {
  const surprises = new Float64Array(m + 1);
  if (k >= n) return surprises;
  // P(K = 0) = B(k + 1, n - k + m) / B(k + 1, n - k), then by the ratio of neighbours.
  const a = k + 1;
  const b = n - k;
  let logTerm = 0;
  for (let i = 0; i < a; i++) logTerm += Math.log((b + i) / (b + m + i));
  for (let x = 0; x <= m; x++) {
    surprises[x] = logTerm;
    logTerm += Math.log(((m - x) * (a + x)) / ((x + 1) * (b + m - x - 1)));
  }
  // Summed from the far end, so that the smallest chances keep their digits.
  let logTail = -Infinity;
  for (let x = m; x >= 0; x--) {
    const [large, small] = [Math.max(logTail, surprises[x]), Math.min(logTail, surprises[x])];
    logTail = large + Math.log1p(Math.exp(small - large));
    surprises[x] = Math.max(0, -logTail);
  }
  return surprises;
}

/**
 * The smallest share of the members that the exact test of `tprChance` sees with the given power if it is fully exposed:
 * above every non-member, the other members no different from non-members.
 *
 * @returns in (0, 1], or null where not even all members would be seen with that power
 * @throws UserError when an option is outside its range
 */
export function smallestDetectableExposure(fpr: number, options: PowerOptions): number | null {
  requireRate('the nominal FPR', fpr);
  const { members: m, nonMembers: n, error, power } = checked(options);
  const k = toleratedFalsePositives(fpr, n);
  const least = tprSurprises(m, n, k).findIndex((surprise) => surprise > -Math.log(error));
  if (least < 0) return null;
  const seen = (exposed: number): boolean => {
    const others = tprSurprises(m - exposed, n, k);
    return exposed >= least || Math.exp(-(others[least - exposed] ?? Infinity)) >= power;
  };
  let [low, high] = [0, least];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (seen(middle)) high = middle;
    else low = middle;
  }
  return high / m;
}

/** The smallest argument for which a predicate that turns true holds, to 1e-6; holds at `high`. */
function smallest(low: number, high: number, holds: (value: number) => boolean): number {
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function checked(options: PowerOptions): Required<PowerOptions> {
  const { members, nonMembers, error = 0.05, power = 0.8, attacks = 1 } = options;
  for (const [what, value] of Object.entries({ members, nonMembers, attacks })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw badInput(`the number of ${what}`, value, 'must be a whole number of at least 1', 'Pass a count');
  }
  if (!(error > 0 && error < 0.5)) throw badInput('the error', error, 'must be in (0, 0.5)', 'Pass 0.05');
  if (!(power > 0 && power < 1)) throw badInput('the power', power, 'must be in (0, 1)', 'Pass 0.8');
  return { members, nonMembers, error: error / attacks, power, attacks };
}
