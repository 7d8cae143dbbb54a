import { logNormalCdf } from '../../platform/math/distributions';
import { logDifference, logSum } from '../../platform/math/log-space';

/**
 * Privacy losses of one direction on the grid of all multiples of `width`: mass[i] at the loss (lowest + i) width.
 * Masses and `infinite` sum to 1.
 */
export interface GridLosses {
  readonly width: number;
  readonly lowest: number;
  readonly mass: Float64Array;
  /** Mass at an infinite loss: what lies above the grid. */
  readonly infinite: number;
}

/** Both directions in which neighbors can differ. */
export interface BothDirections<T> {
  /** From data with the record to data without it: ln(P / Q) under P. */
  readonly removal: T;
  /** From data without the record to data with it: ln(Q / P) under Q. */
  readonly addition: T;
}

/** The mechanism's noise and rate: P = (1 - q) N(0, sigma^2) + q N(1, sigma^2), Q = N(0, sigma^2). */
export interface StepShape {
  readonly q: number;
  readonly sigma: number;
}

/** ln(P(z) / Q(z)), which rises with z from ln(1 - q). */
export function lossAt({ q, sigma }: StepShape, z: number): number {
  const exponent = (2 * z - 1) / (2 * sigma * sigma);
  if (q >= 0.5 || exponent > 30) return logSum(Math.log1p(-q), Math.log(q) + exponent);
  return Math.log1p(q * Math.expm1(exponent));
}

/** The z at which the loss is `loss`; -Infinity at or below the least loss ln(1 - q). */
function placeOf({ q, sigma }: StepShape, loss: number): number {
  if (q < 1 && loss <= Math.log1p(-q)) return -Infinity;
  return sigma * sigma * (logExcess(q, loss) - Math.log(q)) + 0.5;
}

/** ln(e^loss - (1 - q)), with its digits where q is small and where e^loss is large. */
function logExcess(q: number, loss: number): number {
  if (q === 1) return loss;
  if (q < 0.5 && loss < 1) return Math.log(Math.expm1(loss) + q);
  return loss + Math.log1p((q - 1) * Math.exp(-loss));
}

/** ln of the standard normal mass between a <= b, from the nearer tail. */
function logNormalMass(a: number, b: number): number {
  if (a >= 0) return logDifference(logNormalCdf(-a), logNormalCdf(-b));
  if (b <= 0) return logDifference(logNormalCdf(b), logNormalCdf(a));
  return Math.log1p(-Math.exp(logNormalCdf(a)) - Math.exp(logNormalCdf(-b)));
}

/** ln of the masses of P and Q between two places. */
function logMasses({ q, sigma }: StepShape, from: number, to: number): { logP: number; logQ: number } {
  const logQ = logNormalMass(from / sigma, to / sigma);
  const shifted = logNormalMass((from - 1) / sigma, (to - 1) / sigma);
  return { logP: logSum(Math.log1p(-q) + logQ, Math.log(q) + shifted), logQ };
}

/**
 * The privacy losses of one step on a grid, so that no divergence is smaller than the mechanism's: between two grid
 * points, mass goes to both ends such that the masses of P and of Q are kept (Doroshenko et al. 2022, arXiv:2207.04380,
 * «connecting the dots»). What lies below the grid goes to its lowest point, what lies above to infinity.
 *
 * @param width grid step, in nats
 * @param from the lowest z of interest
 * @param to the highest one
 */
export function stepLosses(
  shape: StepShape,
  width: number,
  from: number,
  to: number,
): BothDirections<GridLosses> {
  const first = Math.floor(lossAt(shape, from) / width);
  const last = Math.ceil(lossAt(shape, to) / width);
  const size = last - first + 1;
  const removal = new Float64Array(size);
  const addition = new Float64Array(size);
  const shrink = -Math.expm1(-width);
  const start = placeOf(shape, first * width);
  let left = start;
  for (let i = 0; i < size - 1; i++) {
    const right = placeOf(shape, (first + i + 1) * width);
    const { logP, logQ } = logMasses(shape, left, right);
    const [p, q] = [Math.exp(logP), Math.exp(logQ)];
    const up = within((p - Math.exp((first + i) * width + logQ)) / shrink, p);
    removal[i] += p - up;
    removal[i + 1] += up;
    const upAdded = within((q - Math.exp(logP - (first + i + 1) * width)) / shrink, q);
    addition[size - 1 - i] += upAdded;
    addition[size - 2 - i] += q - upAdded;
    left = right;
  }
  const below = logMasses(shape, -Infinity, start);
  const above = logMasses(shape, left, Infinity);
  removal[0] += Math.exp(below.logP);
  addition[0] += Math.exp(above.logQ);
  return {
    removal: { width, lowest: first, mass: removal, infinite: Math.exp(above.logP) },
    addition: { width, lowest: -last, mass: addition, infinite: Math.exp(below.logQ) },
  };
}

/** Rounding may leave a share a little outside of what there is to share. */
function within(share: number, whole: number): number {
  return share > 0 ? Math.min(share, whole) : 0;
}
