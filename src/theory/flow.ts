import { integrate } from 'dopri';
import { badInput, UserError } from '../errors';
import { lossOfScaledLogit } from '../platform/math/log-space';
import { atLoss, atProbability, atScaledLogit, type Confidence, type LossFormula } from './confidence';
import { bisect, invertIncreasing } from './root';
import type { StartDistribution } from './start-distribution';

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

export interface FlowOptions {
  /** Default `logit`. */
  readonly space?: FlowSpace;
  /**
   * Number of classes C >= 2, or Infinity (default). In logit space the time runs 1 + 1/(C-1) times as fast, with the
   * probability outside the true class spread evenly over the others; means and variances in matched pairs do not change.
   */
  readonly classes?: number;
  /** Take the ODE solver also where a closed form exists (for comparisons); default false. */
  readonly numeric?: boolean;
}

/** All records of a start distribution, moving independently along the gradient flow of one loss. */
export interface Flow {
  readonly start: StartDistribution;
  readonly space: FlowSpace;
  /** How the flow is solved, in words. */
  readonly method: string;
  /** CE losses of the nodes at a time >= 0, [n]. */
  lossesAt(time: number): Float64Array;
  /** The same with a hundred times the solver's tolerance, for error estimates; equal where there is a closed form. */
  roughLossesAt(time: number): Float64Array;
  /** du/dt of each node at the CE losses u, [n]; negative where the loss pulls p up. */
  ratesAt(losses: Float64Array): Float64Array;
}

const tolerance = 1e-11;

/**
 * The gradient flow of a loss, started from a distribution; each record moves alone.
 *
 * Statement (T3, derived here): with the probability outside the true class spread evenly over C - 1 classes, the
 * gradient flow on logits gives dphi/dt = k w(p) (1-p), that is du/dt = -k w(p) (1-p)^2 with k = 1 + 1/(C-1).
 * Assumptions: no parameters shared between records, no momentum, no weight decay. A network shares all its parameters,
 * so this is a model of the output layer and no theorem on networks. In p-space (T2) dp/dt = -f'(p); a record that
 * reaches p = 1 stays there.
 *
 * Solved by a closed time function where there is one, else by Dormand and Prince's Runge-Kutta
 * 5(4) of the package dopri at a relative and absolute tolerance of 1e-11 a step.
 *
 * @throws UserError when `classes` is not an integer >= 2 or Infinity
 */
export function flow(loss: LossFormula, start: StartDistribution, options: FlowOptions = {}): Flow {
  const { space = 'logit', classes = Infinity, numeric = false } = options;
  if (!(classes === Infinity || (Number.isInteger(classes) && classes >= 2))) {
    throw badInput(
      'classes',
      classes,
      'must be a whole number of at least 2, or Infinity',
      'Pass the number of classes',
    );
  }
  const k = space === 'logit' ? 1 + 1 / (classes - 1) : 1;
  const time = numeric ? null : closedTimeFunction(loss, space);
  const ratesAt = (losses: Float64Array): Float64Array =>
    losses.map((u) => {
      const at = atLoss(u);
      if (space === 'probability') return u === 0 ? 0 : -loss.weightAt(at) / (at.p * at.p);
      return -k * loss.weightAt(at) * at.q * at.q;
    });
  if (time !== null) {
    const solve =
      space === 'logit' ? closedLogitFlow(loss, start, time, k) : closedProbabilityFlow(start, time);
    const lossesAt = (t: number): Float64Array => solve(checkedTime(t));
    return { start, space, method: 'closed time function', lossesAt, roughLossesAt: lossesAt, ratesAt };
  }
  const solve = space === 'logit' ? logitSolver(loss, start, k) : probabilitySolver(loss, start);
  return {
    start,
    space,
    method: `Dormand-Prince 5(4), tolerance ${tolerance}`,
    lossesAt: solve(tolerance),
    roughLossesAt: solve(100 * tolerance),
    ratesAt,
  };
}

function closedLogitFlow(loss: LossFormula, start: StartDistribution, time: TimeFunction, k: number) {
  const begin = start.phi.map((phi) => time(atScaledLogit(phi)));
  const speed = (phi: number): number => {
    const at = atScaledLogit(phi);
    return loss.weightAt(at) * at.q;
  };
  return (t: number): Float64Array =>
    start.phi.map((phi, i) => {
      if (t === 0) return lossOfScaledLogit(phi);
      const target = begin[i] + k * t;
      let reach = phi + 1;
      while (time(atScaledLogit(reach)) < target) reach += 2 * (reach - phi);
      return lossOfScaledLogit(invertTime(time, speed, target, phi, reach));
    });
}

function closedProbabilityFlow(start: StartDistribution, time: TimeFunction) {
  const at = (p: number): number => time(atProbability(p));
  const end = at(1);
  return (t: number): Float64Array =>
    start.phi.map((phi) => {
      const from = atScaledLogit(phi);
      const target = time(from) + t;
      if (t === 0) return from.u;
      return target >= end ? 0 : -Math.log(bisect((p) => at(p) - target, from.p, 1));
    });
}

/** Solver in phi, which is smooth and neither saturates nor overflows: dphi/dt = k w(p) q. */
function logitSolver(loss: LossFormula, start: StartDistribution, k: number) {
  const rates = (_t: number, phi: number[], out: number[]): void => {
    for (let i = 0; i < phi.length; i++) {
      const at = atScaledLogit(phi[i]);
      out[i] = k * loss.weightAt(at) * at.q;
    }
  };
  return (step: number) => advancing(rates, start.phi, step, (phi) => lossOfScaledLogit(phi));
}

/**
 * Solver in s = p^2, for which ds/dt = 2 w(p) is bounded also where f' is not. Beyond p = 1 the rate is kept at w(1) and
 * the result is cut at 1.
 */
function probabilitySolver(loss: LossFormula, start: StartDistribution) {
  const rates = (_t: number, s: number[], out: number[]): void => {
    for (let i = 0; i < s.length; i++)
      out[i] = 2 * loss.weightAt(atProbability(Math.sqrt(Math.min(1, Math.max(1e-300, s[i])))));
  };
  const from = start.phi.map((phi) => Math.exp(-2 * lossOfScaledLogit(phi)));
  return (step: number) => advancing(rates, from, step, (s) => (s >= 1 ? 0 : -0.5 * Math.log(s)));
}

/** Integrates from the latest known state before the time asked for, and remembers the states it has reached. */
function advancing(
  rates: (t: number, y: number[], out: number[]) => void,
  from: Float64Array,
  step: number,
  lossOf: (y: number) => number,
): (time: number) => Float64Array {
  const states: { t: number; y: number[] }[] = [{ t: 0, y: Array.from(from) }];
  return (time) => {
    checkedTime(time);
    let index = states.length - 1;
    while (states[index].t > time) index--;
    const { t, y } = states[index];
    if (t === time) return Float64Array.from(y, lossOf);
    let reached: number[];
    try {
      reached = integrate(rates, y, t, time, { atol: step, rtol: step, maxSteps: 1e5 })([time])[0];
    } catch (error) {
      throw new UserError(
        `The flow could not be integrated up to time ${time} (${(error as Error).message}). Take a shorter time.`,
      );
    }
    states.splice(index + 1, 0, { t: time, y: reached });
    return Float64Array.from(reached, lossOf);
  };
}

function checkedTime(time: number): number {
  if (time >= 0 && time < Infinity) return time;
  throw badInput('time', time, 'must be a finite number >= 0', 'The flow starts at time 0');
}
