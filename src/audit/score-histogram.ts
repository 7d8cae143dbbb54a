import { quantileOfSorted } from '../math/quantile';
import type { ScoreHistogram } from './audit-result';

const bins = 40;

/**
 * Shares of members and of non-members in 40 equal bins from the 0.5 % to the 99.5 % quantile of all scores; what lies
 * outside is counted in the outermost bins.
 *
 * @param scores [n], higher = member; infinite values are clipped
 * @param members [n], 1 = member
 */
export function scoreHistogram(attack: string, scores: Float64Array, members: Uint8Array): ScoreHistogram {
  const finite = scores.filter((score) => Number.isFinite(score)).sort();
  const low = finite.length === 0 ? 0 : quantileOfSorted(finite, 0.005);
  const top = finite.length === 0 ? 1 : quantileOfSorted(finite, 0.995);
  const high = top > low ? top : low + 1;
  const counts = [new Float64Array(bins), new Float64Array(bins)];
  const totals = [0, 0];
  let clipped = 0;
  scores.forEach((score, i) => {
    const side = members[i];
    const at = Math.floor(((score - low) / (high - low)) * bins);
    if (score < low || score > high) clipped++;
    counts[side][Math.min(Math.max(at, 0), bins - 1)]++;
    totals[side]++;
  });
  const shares = (side: number): number[] => Array.from(counts[side], (count) => count / totals[side]);
  return {
    attack,
    edges: Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins),
    members: shares(1),
    nonMembers: shares(0),
    clipped: clipped / scores.length,
  };
}
