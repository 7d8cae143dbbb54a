/**
 * A zero of f in [low, high] by bisection, down to neighboring doubles or `tolerance`. f(low) and f(high) must not have
 * the same sign (not checked; then one of the ends comes back).
 */
export function bisect(f: (x: number) => number, low: number, high: number, tolerance = 0): number {
  const lowSign = Math.sign(f(low));
  if (lowSign === 0) return low;
  while (high - low > tolerance) {
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) break;
    const sign = Math.sign(f(middle));
    if (sign === 0) return middle;
    if (sign === lowSign) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

/**
 * The x in [low, high] at which the increasing f reaches `target`: Newton's steps where they stay inside the bracket
 * and at least halve the last step, bisection otherwise.
 *
 * @param slope f'(x), positive
 */
export function invertIncreasing(
  f: (x: number) => number,
  slope: (x: number) => number,
  target: number,
  low: number,
  high: number,
): number {
  let x = low + (high - low) / 2;
  let step = high - low;
  for (let i = 0; i < 200; i++) {
    const excess = f(x) - target;
    if (excess === 0) return x;
    if (excess > 0) high = x;
    else low = x;
    let next = x - excess / slope(x);
    if (!(next > low && next < high) || Math.abs(next - x) > step / 2) next = low + (high - low) / 2;
    step = Math.abs(next - x);
    if (step <= 4e-16 * Math.max(1e-300, Math.abs(x)) || next === x) return next;
    x = next;
  }
  return x;
}

/**
 * Smallest and largest value of f on [low, high], where they are, found on a grid of `intervals` + 1 points that is then
 * refined around the best one. Numeric, not certified: a spike narrower than a grid cell can be missed.
 */
export function extremes(
  f: (x: number) => number,
  low: number,
  high: number,
  intervals = 4096,
): { readonly min: number; readonly minAt: number; readonly max: number; readonly maxAt: number } {
  const least = smallest(f, low, high, intervals);
  const most = smallest((x) => -f(x), low, high, intervals);
  return { min: least.value, minAt: least.at, max: -most.value, maxAt: most.at };
}

function smallest(
  f: (x: number) => number,
  low: number,
  high: number,
  intervals: number,
): { value: number; at: number } {
  const point = (i: number): number =>
    i >= intervals ? high : low + ((high - low) * Math.max(i, 0)) / intervals;
  let best = 0;
  let value = f(low);
  for (let i = 1; i <= intervals; i++) {
    const candidate = f(point(i));
    if (candidate < value) {
      value = candidate;
      best = i;
    }
  }
  let at = point(best);
  // Golden-section search in the two cells around the best grid point.
  const golden = (Math.sqrt(5) - 1) / 2;
  let a = point(best - 1);
  let b = point(best + 1);
  while (b - a > 1e-12 * Math.max(1, Math.abs(at))) {
    const left = b - golden * (b - a);
    const right = a + golden * (b - a);
    if (f(left) < f(right)) b = right;
    else a = left;
  }
  const refined = f(a + (b - a) / 2);
  if (refined < value) {
    value = refined;
    at = a + (b - a) / 2;
  }
  return { value, at };
}
