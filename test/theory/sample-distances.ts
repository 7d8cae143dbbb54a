import { sortedCopy } from '../../src/platform/math/quantile';

// What two samples of losses show themselves, for the bounds to be held against.

/** Largest TPR - FPR of «member if loss <= t» over all t: the one-sided Kolmogorov-Smirnov distance. */
export function thresholdAdvantage(
  memberLosses: ArrayLike<number>,
  nonMemberLosses: ArrayLike<number>,
): { readonly advantage: number; readonly threshold: number } {
  const members = sortedCopy(memberLosses);
  const nonMembers = sortedCopy(nonMemberLosses);
  let best = { advantage: 0, threshold: -Infinity };
  for (const threshold of members) {
    const below = (losses: Float64Array): number =>
      losses.filter((x) => x <= threshold).length / losses.length;
    const advantage = below(members) - below(nonMembers);
    if (advantage > best.advantage) best = { advantage, threshold };
  }
  return best;
}

/** Total variation between two samples: the advantage of the best attack that knows the loss exactly. */
export function sampleTotalVariation(members: readonly number[], nonMembers: readonly number[]): number {
  const share = (losses: readonly number[], x: number): number =>
    losses.filter((y) => y === x).length / losses.length;
  let distance = 0;
  for (const x of new Set([...members, ...nonMembers])) {
    distance += Math.abs(share(members, x) - share(nonMembers, x)) / 2;
  }
  return distance;
}
