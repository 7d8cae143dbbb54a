import { badInput } from '../errors';

/** Result of a check of convex order between two distributions of equal mean. */
export interface ConvexOrder {
  /** Whether E(X - t)+ >= E(Y - t)+ at every t, up to 1e-8 of the mean of |X|. */
  readonly dominates: boolean;
  /** Largest E(Y - t)+ - E(X - t)+ over all t: at most about 0 when X dominates. */
  readonly largestDeficit: number;
  /** The t of the largest deficit. */
  readonly at: number;
  /** E[X] - E[Y]; must be 0 up to the accuracy of the data for the order to be convex order. */
  readonly meanDifference: number;
}

/**
 * Checks whether X dominates Y in convex order, E[g(X)] >= E[g(Y)] for every convex g.
 *
 * Statement (Shaked and Shanthikumar 2007, Stochastic Orders, theorem 3.A.1): for equal means this is so if and only if
 * the stop-loss transform E(X - t)+ is at least E(Y - t)+ for every t. Both are piecewise linear between atoms, so that
 * checking at the atoms decides it exactly for discrete distributions.
 *
 * @param x values of X, [n]
 * @param y values of Y, [n]
 * @param weights of both, [n], sum 1; default 1 / n
 * @throws UserError when the lengths differ or there are no values
 */
export function convexOrder(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  weights: ArrayLike<number> = new Float64Array(x.length).fill(1 / x.length),
): ConvexOrder {
  if (x.length === 0 || x.length !== y.length || x.length !== weights.length) {
    throw badInput(
      'the number of values of Y',
      y.length,
      `must be that of X and of the weights (${x.length} and ${weights.length}) and not 0`,
      'Pass one value and one weight a node',
    );
  }
  const first = stopLossTransform(x, weights);
  const second = stopLossTransform(y, weights);
  let largestDeficit = -Infinity;
  let at = NaN;
  let scale = 0;
  for (let i = 0; i < x.length; i++) {
    scale += weights[i] * Math.abs(x[i]);
    for (const t of [x[i], y[i]]) {
      const deficit = second(t) - first(t);
      if (deficit > largestDeficit) {
        largestDeficit = deficit;
        at = t;
      }
    }
  }
  const bottom = Math.min(...[x, y].map((values) => Array.from(values).reduce((a, b) => Math.min(a, b))));
  const meanDifference = first(bottom) - second(bottom);
  return { dominates: largestDeficit <= 1e-8 * scale, largestDeficit, at, meanDifference };
}

/**
 * The stop-loss transform t -> E(X - t)+ of a discrete distribution, as a function that costs O(log n) a call.
 *
 * @param values [n]
 * @param weights [n], sum 1
 */
export function stopLossTransform(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
): (t: number) => number {
  const n = values.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => values[j] - values[i]);
  const sorted = Float64Array.from(order, (i) => values[i]);
  // Weight and weighted sum of the i largest values.
  const weight = new Float64Array(n + 1);
  const sum = new Float64Array(n + 1);
  order.forEach((from, i) => {
    weight[i + 1] = weight[i] + weights[from];
    sum[i + 1] = sum[i] + weights[from] * values[from];
  });
  return (t) => {
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] > t) low = middle + 1;
      else high = middle;
    }
    return sum[low] - t * weight[low];
  };
}
