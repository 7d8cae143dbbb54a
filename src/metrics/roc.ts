import { badInput } from '../errors';
import { descendCuts, sortedSides } from './sorted-sides';

/**
 * The vertices of an ROC curve, from (0, 0) to (1, 1). Vertex i belongs to the rule «member if score >= thresholds[i]»;
 * vertex 0 has threshold +Infinity and stands for «nobody is called a member».
 */
export interface RocCurve {
  /** False positive rates, [v], ascending. */
  readonly fpr: Float64Array;
  /** True positive rates, [v], ascending. */
  readonly tpr: Float64Array;
  /** Cuts, [v], strictly descending after vertex 0. */
  readonly thresholds: Float64Array;
}

/**
 * The exact ROC curve: one vertex for each distinct score (records of equal score stand or fall together), none left
 * out where they lie on a line. Equals scikit-learn's roc_curve(drop_intermediate=False). O(n log n).
 *
 * @param scores [n], higher = member; infinite values are ranked
 * @param members [n], 1 = member, 0 = non-member
 * @throws UserError on a length mismatch, a NaN score, a membership other than 0 or 1, or an empty side
 */
export function rocCurve(scores: Float64Array, members: Uint8Array): RocCurve {
  const sides = sortedSides(scores, members);
  const size = scores.length + 1;
  const fpr = new Float64Array(size);
  const tpr = new Float64Array(size);
  const thresholds = new Float64Array(size);
  thresholds[0] = Infinity;
  let vertices = 1;
  descendCuts(sides, (cut, truePositives, falsePositives) => {
    tpr[vertices] = truePositives / sides.members.length;
    fpr[vertices] = falsePositives / sides.nonMembers.length;
    thresholds[vertices] = cut;
    vertices++;
  });
  return {
    fpr: fpr.slice(0, vertices),
    tpr: tpr.slice(0, vertices),
    thresholds: thresholds.slice(0, vertices),
  };
}

/**
 * The one rule of this laboratory for «TPR at x FPR»: the largest TPR among the vertices with FPR <= x. No
 * interpolation between vertices, which no single cut could reach.
 *
 * @param x nominal FPR, in [0, 1]
 * @throws UserError when x is outside [0, 1]
 */
export function tprAtFpr(curve: RocCurve, x: number): number {
  requireRate('the nominal FPR', x);
  let low = 0;
  let high = curve.fpr.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (curve.fpr[middle] <= x) low = middle;
    else high = middle - 1;
  }
  return curve.tpr[low];
}

/** Throws UserError unless `value` is in [0, 1]. */
export function requireRate(what: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw badInput(what, value, 'a rate must be in [0, 1]', 'Pass 0.01 for 1 %');
}

/**
 * False positive rates for a log axis: attainable rates k/n, evenly spread in the logarithm, from 1/n (the smallest one
 * that n non-members can resolve) to 1; ascending.
 *
 * @param nonMembers n >= 1
 */
export function attainableRates(nonMembers: number, pointsPerDecade: number): number[] {
  const steps = Math.max(1, Math.ceil(Math.log10(nonMembers) * pointsPerDecade));
  const counts = Array.from({ length: steps + 1 }, (_, i) => Math.round(nonMembers ** (i / steps)));
  return [...new Set(counts)].map((count) => count / nonMembers);
}
