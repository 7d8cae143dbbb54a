import { binomialCdf } from '../platform/math/binomial';
import { ascendingOrder } from './midranks';

/** How surprising a number of members beyond a cut is. */
export interface CutSurprise {
  /** False positives that the cut may have. */
  readonly tolerated: number;
  /** - ln p of each number of members beyond it, [members + 1]. */
  readonly surprise: Float64Array;
}

/** The surprise of a number of members; a random membership may have more of them than the table was made for. */
export function surpriseOf({ surprise }: CutSurprise, count: number): number {
  return surprise[Math.min(count, surprise.length - 1)];
}

export interface TailWalk {
  /** The records that the walk may come to, by position in a membership. */
  readonly records: Uint32Array;
  /** The largest surprise over the cuts under a membership. */
  most(flags: Uint8Array): number;
}

/** A walk that is cut off before its end loses less than this share of the random memberships. */
const negligible = 1e-12;

/**
 * The upper tail of scores, sorted once: the largest surprise over several cuts in one walk, for any random membership.
 * A walk ends where the false positives of the last cut are used up, after about FPR (m + n) records. Equal scores go
 * together: a cut has the most members that come with no more false positives than it may have.
 *
 * @param scores [k], none NaN
 * @param records [k], the position of each in a membership
 * @param cuts false positives ascending
 * @param share the share of non-members
 */
export function tailWalk(
  scores: Float64Array,
  records: Uint32Array,
  cuts: readonly CutSurprise[],
  share: number,
): TailWalk {
  const last = cuts[cuts.length - 1].tolerated;
  let depth = 2 * last + 2;
  while (depth < scores.length && binomialCdf(last, depth, share) > negligible) depth *= 2;
  const least = scores.slice().sort()[Math.max(0, scores.length - depth)];
  const tail = Uint32Array.from(scores.keys()).filter((i) => scores[i] >= least);
  const order = ascendingOrder(Float64Array.from(tail, (i) => scores[i])).reverse();
  const sorted = order.map((at) => records[tail[at]]);
  const lastOfTie = Uint8Array.from(order, (at, i) =>
    i + 1 === order.length || scores[tail[order[i + 1]]] !== scores[tail[at]] ? 1 : 0,
  );
  const most = (flags: Uint8Array): number => {
    let cut = 0;
    let limit = cuts[0].tolerated;
    let above = 0;
    let falseAbove = 0;
    let best = 0;
    let largest = 0;
    for (let i = 0; i < sorted.length; i++) {
      const flag = flags[sorted[i]];
      above += flag;
      falseAbove += 1 - flag;
      while (falseAbove > limit) {
        largest = Math.max(largest, surpriseOf(cuts[cut++], best));
        if (cut === cuts.length) return largest;
        limit = cuts[cut].tolerated;
      }
      if (lastOfTie[i] === 1) best = above;
    }
    for (; cut < cuts.length; cut++) largest = Math.max(largest, surpriseOf(cuts[cut], best));
    return largest;
  };
  return { records: sorted, most };
}
