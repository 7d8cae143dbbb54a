/** ln(e^a + e^b), without overflow. */
export function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === -Infinity) return -Infinity;
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** ln(e^a - e^b), without overflow; -Infinity where b is a or above it. */
export function logDifference(a: number, b: number): number {
  if (a <= b) return -Infinity;
  return a + Math.log(-Math.expm1(b - a));
}

/** The cross-entropy loss u = -ln p = ln(1 + e^-phi) of a scaled logit phi = ln(p / (1 - p)), without overflow. */
export function lossOfScaledLogit(phi: number): number {
  return phi > 0 ? Math.log1p(Math.exp(-phi)) : -phi + Math.log1p(Math.exp(phi));
}
