import { attainableRates } from '../metrics/roc';
import { midranks, sortedSides } from '../metrics/sorted-sides';
import { tprIntervalOfSides } from '../metrics/tpr-at-fpr';
import type { AuditedCurve, ScoreHistogram } from './audit-result';
import { quantileOfSorted } from '../platform/math/quantile';

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

const bins = 40;
/** A range this many times the middle half leaves nearly all records in one bin. */
const longTails = 20;

/**
 * Shares of members and of non-members in 40 equal bins from the 0.5 % to the 99.5 % quantile of all scores, what lies
 * outside counted in the outermost bins; or in 40 equal bins of the score's rank where the tails are long.
 *
 * @param scores [n], higher = member; infinite values are clipped
 * @param members [n], 1 = member
 */
export function scoreHistogram(attack: string, scores: Float64Array, members: Uint8Array): ScoreHistogram {
  const sorted = scores.filter((score) => Number.isFinite(score)).sort();
  const at = (q: number): number => (sorted.length === 0 ? 0 : quantileOfSorted(sorted, q));
  const [low, high] = [at(0.005), at(0.995)];
  if (high - low > longTails * (at(0.75) - at(0.25)) && high > low) {
    const ranks = midranks(scores).map((rank) => (rank - 0.5) / scores.length);
    return { attack, scale: 'rank', ...binned(ranks, members, 0, 1) };
  }
  return { attack, scale: 'score', ...binned(scores, members, low, high > low ? high : low + 1) };
}

function binned(
  values: Float64Array,
  members: Uint8Array,
  low: number,
  high: number,
): Omit<ScoreHistogram, 'attack' | 'scale'> {
  const counts = [new Float64Array(bins), new Float64Array(bins)];
  const totals = [0, 0];
  let clipped = 0;
  values.forEach((value, i) => {
    const side = members[i];
    const at = Math.floor(((value - low) / (high - low)) * bins);
    if (value < low || value > high) clipped++;
    counts[side][Math.min(Math.max(at, 0), bins - 1)]++;
    totals[side]++;
  });
  const shares = (side: number): number[] => Array.from(counts[side], (count) => count / totals[side]);
  return {
    edges: Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins),
    members: shares(1),
    nonMembers: shares(0),
    clipped: clipped / values.length,
  };
}
