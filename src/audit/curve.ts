import { sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import type { AuditedCurve } from './audit-result';

const pointsPerDecade = 8;

/** Attainable false positive rates k / n from 1 / n to 1, evenly spread in the logarithm. */
function attainableRates(nonMembers: number): number[] {
  const steps = Math.max(1, Math.ceil(Math.log10(nonMembers) * pointsPerDecade));
  const counts = Array.from({ length: steps + 1 }, (_, i) => Math.round(nonMembers ** (i / steps)));
  return [...new Set(counts)].map((count) => count / nonMembers);
}

/** The ROC curve of an attack with a 95 % band, point by point, at rates that suit a log axis. */
export function auditedCurve(attack: string, scores: Float64Array, members: Uint8Array): AuditedCurve {
  const sides = sortedSides(scores, members);
  const fpr = attainableRates(sides.nonMembers.length);
  const points = fpr.map((rate) => tprIntervalOfSides(sides, rate));
  return {
    attack,
    fpr,
    tpr: points.map(({ estimate }) => estimate),
    low: points.map(({ low }) => low),
    high: points.map(({ high }) => high),
  };
}
