import { badInput } from '../errors';

/** A metric of known records: how often each of its bins occurs among members and among non-members. */
export interface RiskHistogram {
  /** Bin edges, ascending, [bins + 1]. */
  readonly edges: Float64Array;
  /** Share of the members in each bin, [bins]; sums to 1. */
  readonly members: Float64Array;
  readonly nonMembers: Float64Array;
}

/** Values below this count as this, where bins are even in the logarithm. */
export const smallestValue = 1e-10;

/**
 * Bin edges even in the logarithm, from the smallest to the largest value, each at least 1e-10: [bins + 1]. All values equal:
 * one bin about them.
 */
export function logEdges(values: Float64Array, bins: number): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    const own = Math.max(value, smallestValue);
    low = Math.min(low, own);
    high = Math.max(high, own);
  }
  if (low === high) return Float64Array.of(low, high);
  const [from, to] = [Math.log(low), Math.log(high)];
  const edges = Float64Array.from({ length: bins + 1 }, (_, b) => Math.exp(from + ((to - from) * b) / bins));
  edges[0] = low;
  edges[bins] = high;
  return edges;
}

/** The bin of a value, in 0 .. bins-1: edges[b] <= value < edges[b + 1]; beyond the ends the outermost bin. */
export function binOf(edges: Float64Array, value: number): number {
  const own = Math.max(value, smallestValue);
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= own) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Counts a metric of known records in given bins.
 *
 * @param values [n], at least 0
 * @param members [n]
 * @throws UserError if a side is empty
 */
export function riskHistogram(values: Float64Array, members: Uint8Array, edges: Float64Array): RiskHistogram {
  const inside = new Float64Array(edges.length - 1);
  const outside = new Float64Array(edges.length - 1);
  let m = 0;
  for (let i = 0; i < values.length; i++) {
    (members[i] === 1 ? inside : outside)[binOf(edges, values[i])]++;
    m += members[i];
  }
  if (m === 0 || m === values.length) {
    throw badInput(
      'members',
      members[0],
      'a risk needs members and non-members',
      'Pass records of both kinds',
    );
  }
  return {
    edges,
    members: inside.map((count) => count / m),
    nonMembers: outside.map((count) => count / (values.length - m)),
  };
}

/**
 * Privacy risk of a value, in [0, 1]: prior h_in / (prior h_in + (1 - prior) h_out) with the shares of its bin; the prior where
 * the bin is empty on both sides.
 */
export function riskOf({ edges, members, nonMembers }: RiskHistogram, value: number, prior = 0.5): number {
  const bin = binOf(edges, value);
  const inside = prior * members[bin];
  const all = inside + (1 - prior) * nonMembers[bin];
  return all === 0 ? prior : inside / all;
}
