import { attainableRates } from '../metrics/roc';
import { sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import type { AuditedCurve } from './audit-result';

const pointsPerDecade = 8;

/** The ROC curve of an attack with a 95 % band, point by point, at rates that suit a log axis. */
export function auditedCurve(attack: string, scores: Float64Array, members: Uint8Array): AuditedCurve {
  const sides = sortedSides(scores, members);
  const fpr = attainableRates(sides.nonMembers.length, pointsPerDecade);
  const points = fpr.map((rate) => tprIntervalOfSides(sides, rate));
  return {
    attack,
    fpr,
    tpr: points.map(({ estimate }) => estimate),
    low: points.map(({ low }) => low),
    high: points.map(({ high }) => high),
  };
}
