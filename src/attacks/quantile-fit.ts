/** Observations of one class, with one regressor. */
export interface QuantileRows {
  /** [n], the response. */
  readonly y: Float64Array;
  /** [n], the regressor; all zeros leave the quantile of y. */
  readonly x: Float64Array;
}

/** A quantile that is linear in one regressor, with a level for each class: y = intercepts[class] + slope x. */
export interface QuantileLine {
  /** [classes]; NaN for classes without observations. */
  readonly intercepts: Float64Array;
  readonly slope: number;
}

/**
 * Linear quantile regression with an intercept a class and a common slope: the exact minimum of the pinball loss
 * sum_i (level - [r_i < 0]) r_i over residuals r (Koenker and Bassett 1978, Econometrica 46(1)). For a given slope the best
 * intercept is an order statistic of the class's residuals, and what is left is convex and piecewise linear in the slope,
 * so that its subgradient is bisected. O(n log n) a step; the order of the observations plays no part.
 *
 * @param classes observations of each class; some may be empty, not all
 * @param level in (0, 1)
 */
export function quantileFit(classes: readonly QuantileRows[], level: number): QuantileLine {
  const rows = classes.map(canonical);
  const slope = bestSlope(rows, level);
  const intercepts = Float64Array.from(rows, (own) =>
    own.y.length === 0 ? NaN : lowerQuantile(residuals(own, slope), level),
  );
  return { intercepts, slope };
}

/** The smallest value that at least the share `level` of the values does not exceed. Sorts them. */
export function lowerQuantile(values: Float64Array, level: number): number {
  values.sort();
  return values[Math.max(0, Math.ceil(level * values.length) - 1)];
}

/** Observations ordered by regressor and response, so that sums do not depend on how they came. */
function canonical({ x, y }: QuantileRows): QuantileRows {
  const order = Uint32Array.from(x.keys()).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  return { x: Float64Array.from(order, (i) => x[i]), y: Float64Array.from(order, (i) => y[i]) };
}

function residuals({ x, y }: QuantileRows, slope: number): Float64Array {
  const out = new Float64Array(y.length);
  for (let i = 0; i < out.length; i++) out[i] = y[i] - slope * x[i];
  return out;
}

function bestSlope(rows: readonly QuantileRows[], level: number): number {
  const at = (slope: number): number => {
    let sum = 0;
    for (const own of rows) sum += slopeGradient(own, slope, level);
    return sum;
  };
  if (at(0) === 0) return 0;
  let low = -1;
  let high = 1;
  while (at(low) > 0 && low > -1e12) low *= 2;
  while (at(high) < 0 && high < 1e12) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (at(middle) > 0) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/**
 * Derivative of the class's least pinball loss by the slope: sum_i w_i x_i with w = 1 - level below the intercept, -level
 * above, and on it what makes the weights add up to 0.
 */
function slopeGradient(own: QuantileRows, slope: number, level: number): number {
  const n = own.y.length;
  if (n === 0) return 0;
  const rest = residuals(own, slope);
  const cut = lowerQuantile(rest.slice(), level);
  let below = 0;
  let above = 0;
  let sumBelow = 0;
  let sumAbove = 0;
  let sumOn = 0;
  for (let i = 0; i < n; i++) {
    // The weights add up to 0, so any origin will do; this one makes equal regressors drop out exactly.
    const x = own.x[i] - own.x[0];
    if (rest[i] < cut) {
      below++;
      sumBelow += x;
    } else if (rest[i] > cut) {
      above++;
      sumAbove += x;
    } else sumOn += x;
  }
  const onCut = (level * above - (1 - level) * below) / (n - below - above);
  return (1 - level) * sumBelow - level * sumAbove + onCut * sumOn;
}
