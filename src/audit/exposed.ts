import { countAbove, countBelow } from '../metrics/sorted-sides';
import type { Agreement, ExposedRecord } from './audit-result';

/** Scores of one attack, ready to be compared with others'. */
export interface RankedAttack {
  readonly name: string;
  /** [n]: share of the non-members that score lower than this record (half for equal scores), in [0, 1]. */
  readonly ranks: Float64Array;
}

/** From this share of lower non-members on, an attack is said to point at a record: its FPR is at most 1 %. */
const pointsAt = 0.99;

/**
 * Ranks each record among the non-members: the share of them that score lower, ties counted half. Attacks on unlike
 * scales become comparable, and a rank of at least 0.99 means a false positive rate of at most 1 %.
 *
 * @param scores [n], higher = member
 * @param members [n], 1 = member; there is at least one non-member
 * @param usable 1 = the score means something; the ranks of the others are 0
 */
export function nonMemberRanks(
  scores: Float64Array,
  members: Uint8Array,
  usable: Uint8Array | undefined,
): Float64Array {
  const others = scores.filter((_, i) => members[i] === 0 && usable?.[i] !== 0).sort();
  return scores.map((score, i) => {
    if (usable?.[i] === 0) return 0;
    return (others.length + countBelow(others, score) - countAbove(others, score)) / (2 * others.length);
  });
}

/**
 * The members that stand out most: highest mean rank over the attacks, ties by position.
 *
 * @param labels true classes, [n]; null where they are not known
 * @param most how many records, default 20
 */
export function exposedRecords(
  attacks: readonly RankedAttack[],
  labels: Int32Array | null,
  members: Uint8Array,
  most = 20,
): ExposedRecord[] {
  if (attacks.length === 0) return [];
  const mean = new Float64Array(members.length);
  for (const { ranks } of attacks) ranks.forEach((rank, i) => (mean[i] += rank / attacks.length));
  return Array.from(mean.keys())
    .filter((record) => members[record] === 1)
    .sort((a, b) => mean[b] - mean[a] || a - b)
    .slice(0, most)
    .map((record) => ({
      record,
      label: labels === null ? null : labels[record],
      member: true,
      rank: mean[record],
      attacks: attacks.filter(({ ranks }) => ranks[record] >= pointsAt).map(({ name }) => name),
    }));
}

/**
 * Which attacks point at the same members, counted by combination (most frequent first), at most `most` of them.
 */
export function agreement(attacks: readonly RankedAttack[], members: Uint8Array, most = 12): Agreement {
  const counts = new Map<string, { attacks: string[]; members: number }>();
  for (let i = 0; i < members.length; i++) {
    if (members[i] === 0) continue;
    const pointing = attacks.filter(({ ranks }) => ranks[i] >= pointsAt).map(({ name }) => name);
    if (pointing.length === 0) continue;
    const key = pointing.join('\n');
    const seen = counts.get(key);
    if (seen === undefined) counts.set(key, { attacks: pointing, members: 1 });
    else seen.members++;
  }
  const combinations = [...counts.entries()]
    .sort(([keyA, a], [keyB, b]) => b.members - a.members || (keyA < keyB ? -1 : 1))
    .slice(0, most)
    .map(([, combination]) => combination);
  return { attacks: attacks.map(({ name }) => name), combinations };
}
