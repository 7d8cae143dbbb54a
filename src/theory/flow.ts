import { integrate } from 'dopri';
import { badInput, UserError } from '../errors';
import { lossOfScaledLogit } from '../math/scaled-logit';
import { atLoss, atProbability, atScaledLogit } from './confidence';
import type { LossFormula } from './loss-formula';
import { bisect } from './root';
import type { StartDistribution } from './start-distribution';
import { closedTimeFunction, invertTime, type FlowSpace, type TimeFunction } from './time-change';

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
 * Solved by a closed time function where there is one (time-change.ts), else by Dormand and Prince's Runge-Kutta
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
