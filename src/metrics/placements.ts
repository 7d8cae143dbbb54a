import { midranks } from './midranks';
import { countMembers } from './sorted-sides';

/**
 * For each member the share of non-members below it, for each non-member the share of members above it, ties half, [n]:
 * what the AUC is the mean of, on either side.
 *
 * @throws UserError when a side is empty or a flag is neither 0 nor 1
 */
export function placements(scores: Float64Array, members: Uint8Array): Float64Array {
  const m = countMembers(members);
  const n = members.length - m;
  const all = midranks(scores);
  const placed = new Float64Array(scores.length);
  for (const side of [0, 1]) {
    const own = midranks(scores.filter((_, i) => members[i] === side));
    let at = 0;
    for (let i = 0; i < scores.length; i++) {
      if (members[i] !== side) continue;
      const othersBelow = all[i] - own[at++];
      placed[i] = side === 1 ? othersBelow / n : 1 - othersBelow / m;
    }
  }
  return placed;
}
