import type { Interval } from './interval';
import { newcombe } from './newcombe';
import type { RocCurve } from './roc';

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
