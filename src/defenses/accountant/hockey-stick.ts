import type { GridLosses } from './step-losses';

/** delta = infinite + sum over losses L above epsilon of mass (1 - e^(epsilon - L)), at most 1. */
export function deltaAt({ width, lowest, mass, infinite }: GridLosses, epsilon: number): number {
  let sum = infinite;
  for (let i = mass.length - 1; i >= 0; i--) {
    const above = (lowest + i) * width - epsilon;
    if (above <= 0) break;
    sum -= mass[i] * Math.expm1(-above);
  }
  return Math.min(1, Math.max(0, sum));
}

/** The smallest epsilon >= 0 whose delta is at most `delta`; exact for losses on the grid. */
export function epsilonAt({ width, lowest, mass, infinite }: GridLosses, delta: number): number {
  if (infinite > delta) return Infinity;
  // Down from the top: all mass so far, and the same weighted by e^(loss here - its own loss).
  let [above, weighted] = [infinite, 0];
  for (let i = mass.length - 1; i >= 0; i--) {
    const loss = (lowest + i) * width;
    if (loss < 0) break;
    weighted = weighted * Math.exp(-width) + mass[i];
    above += mass[i];
    // From this loss down to the next lower one, delta(epsilon) = above - e^(epsilon - loss) weighted.
    if (above - weighted * Math.exp(-width) > delta) {
      return Math.max(0, loss + Math.log((above - delta) / weighted));
    }
  }
  return 0;
}
