import { atProbability, atScaledLogit, type Confidence } from './confidence';
import type { LossFormula } from './loss-formula';
import { invertIncreasing } from './root';

/**
 * Where gradient descent acts. `logit`: on the logits, du/dt = -k w(p) (1-p)^2, as a network's last layer does.
 * `probability`: on p itself, dp/dt = -f'(p), as arguments with a Taylor expansion in p assume.
 */
export type FlowSpace = 'logit' | 'probability';

/** A function T with T(phi(t)) = T(phi(0)) + t along the flow, so that the flow is a translation in T. */
export type TimeFunction = (at: Confidence) => number;

/**
 * The time function in closed form, where one exists in elementary functions; null otherwise.
 *
 * A one-dimensional flow dx/dt = v(x) is solved by T(x) = integral of dx / v(x); derived here by partial fractions.
 * - Constant weight c (CE): T = (phi + e^phi) / c in logit space (k = 1), p^2 / (2 c) in p-space.
 * - w = A + B p + B p^2 (CCQL, CQL): both spaces, but for 0 < A < B / 1000, where the form would lose its digits.
 * - w = B p e^p (CEL): T = -e^-p / B in p-space. In logit space, and for CCEL with 0 < alpha < 1 in either space,
 *   the integral is no elementary function: null.
 * The form is recognized by the weight itself, not by the loss's name.
 */
export function closedTimeFunction(loss: LossFormula, space: FlowSpace): TimeFunction | null {
  const weight = (p: number): number => loss.weightAt(atProbability(p));
  const atZero = weight(1e-300);
  const atOne = weight(1);
  const isEverywhere = (form: (p: number) => number): boolean =>
    [0.01, 0.2, 0.45, 0.7, 0.95].every((p) => Math.abs(weight(p) - form(p)) <= 1e-13 * Math.abs(form(p)));
  if (!(atZero >= 0 && atOne > 0)) return null;
  if (isEverywhere(() => atOne)) {
    return space === 'logit' ? ({ phi }) => (phi + Math.exp(phi)) / atOne : ({ p }) => (p * p) / (2 * atOne);
  }
  const a = atZero < 1e-200 ? 0 : atZero;
  const b = (atOne - a) / 2;
  // With A far below B the terms of the partial fractions are large and cancel.
  const cancels = a > 0 && a < 1e-3 * b;
  if (b > 0 && !cancels && isEverywhere((p) => a + b * p * (1 + p))) {
    return space === 'logit' ? quadraticLogitTime(a, b) : quadraticProbabilityTime(a, b);
  }
  const e = atOne / Math.E;
  if (space === 'probability' && a === 0 && isEverywhere((p) => e * p * Math.exp(p))) {
    return ({ p }) => -Math.exp(-p) / e;
  }
  return null;
}

/**
 * Solves T(phi) = target in logit space by safeguarded Newton steps, for phi >= from.
 *
 * @param speed dphi/dt at phi, positive; the reciprocal of T'
 * @param reach an upper bound of phi
 */
export function invertTime(
  time: TimeFunction,
  speed: (phi: number) => number,
  target: number,
  from: number,
  reach: number,
): number {
  return invertIncreasing(
    (phi) => time(atScaledLogit(phi)),
    (phi) => 1 / speed(phi),
    target,
    from,
    reach,
  );
}

/**
 * Integral of dp / (p q^2 w(p)) with q = 1 - p and w = A + B p + B p^2 (CCQL), by
 * 1 / (p q^2 w) = a / p + b / q + c / q^2 + (d p + e) / w, and for A = 0 (CQL) by
 * 1 / (p^2 q^2 (1 + p)) = 1 / p + 1 / p^2 + (5/4) / q + (1/2) / q^2 + (1/4) / (1 + p).
 */
function quadraticLogitTime(A: number, B: number): TimeFunction {
  if (A === 0) {
    return ({ u, p, q }) => (-u - 1 / p - 1.25 * Math.log(q) + 0.5 / q + 0.25 * Math.log1p(p)) / B;
  }
  const atOne = A + 2 * B;
  const a = 1 / A;
  const c = 1 / atOne;
  const b = c * (1 + (3 * B) / atOne);
  const d = B * (b - a);
  const e = -(a * (B - 2 * A) + b * A + c * A);
  const rest = linearOverQuadratic(A, B, d, e);
  return ({ u, p, q }) => -a * u - b * Math.log(q) + c / q + rest(p);
}

/** Integral of p dp / (A + B p + B p^2). */
function quadraticProbabilityTime(A: number, B: number): TimeFunction {
  if (A === 0) return ({ p }) => Math.log1p(p) / B;
  const time = linearOverQuadratic(A, B, 1, 0);
  return ({ p }) => time(p);
}

/** Integral of (d p + e) / (A + B p + B p^2) dp, A > 0, B > 0. */
function linearOverQuadratic(A: number, B: number, d: number, e: number): (p: number) => number {
  const discriminant = 4 * A * B - B * B;
  const root = Math.sqrt(Math.abs(discriminant));
  const factor = e - d / 2;
  const inverse = (p: number): number => {
    const x = 2 * B * p + B;
    // Close to a double root both other forms lose their digits; the limit is exact to their difference.
    if (root < 1e-6 * B) return -2 / x;
    if (discriminant > 0) return (2 / root) * Math.atan(x / root);
    return Math.log((x - root) / (x + root)) / root;
  };
  return (p) => (d / (2 * B)) * Math.log(A + B * p + B * p * p) + factor * inverse(p);
}
