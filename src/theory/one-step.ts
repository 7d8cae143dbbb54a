import { badInput } from '../errors';
import { atScaledLogit, type LossFormula } from './confidence';
import type { FlowSpace } from './flow';
import { covariance, type Estimate, type StartDistribution } from './start-distribution';

/** What one gradient step on p does to Var(p). */
export interface ProbabilityStep {
  readonly before: Estimate;
  /** Var(p+) = Var(p) - 2 eta Cov(p, f'(p)) + eta^2 Var(f'(p)). */
  readonly after: Estimate;
  /** Cov(p, f'(p)): >= 0 for a convex, <= 0 for a concave loss. */
  readonly covariance: number;
  readonly slopeVariance: number;
  /** The largest eta at which Var(p) does not grow, 2 Cov(p, f') / Var(f'); 0 or less where it grows for every eta. */
  readonly largestShrinkingStep: number;
  /** Share of the records that the step carries beyond p = 1, where p is no probability. */
  readonly beyondOne: number;
}

/**
 * Exact variance after one step p+ = p - eta f'(p), each record alone (T2, derived here).
 *
 * Statement: Cov(p, f'(p)) >= 0 for convex and <= 0 for concave f by Chebyshev's association inequality; so Var(p) falls
 * for small eta under a convex loss (with an L-Lipschitz f', for eta <= 2 / L) and grows for every eta > 0 under a
 * concave one. Assumptions: p itself is the parameter and records do not interact.
 * The paper speaks of the variance of the loss; this statement is about p, and the CE loss that an attacker sees can shrink
 * in variance while Var(p) grows (see `varianceRates`).
 *
 * @param eta step size, >= 0
 * @throws UserError for a bad eta, or when E[f'(p)^2] does not exist (CE on Beta(a, b) with a <= 2)
 */
export function probabilityStep(loss: LossFormula, start: StartDistribution, eta: number): ProbabilityStep {
  requireStep(eta);
  const points = Array.from(start.phi, atScaledLogit);
  const p = Float64Array.from(points, (at) => at.p);
  const slopes = Float64Array.from(points, (at) => loss.slopeAt(at));
  const before = covariance(start, p, p);
  const mixed = covariance(start, p, slopes);
  const slopeVariance = covariance(start, slopes, slopes);
  const next = p.map((value, i) => value - eta * slopes[i]);
  return {
    before,
    after: {
      value: before.value - 2 * eta * mixed.value + eta * eta * slopeVariance.value,
      error: before.error + 2 * eta * mixed.error + eta * eta * slopeVariance.error,
    },
    covariance: mixed.value,
    slopeVariance: slopeVariance.value,
    largestShrinkingStep: slopeVariance.value === 0 ? Infinity : (2 * mixed.value) / slopeVariance.value,
    beyondOne: next.reduce((share, value, i) => share + (value > 1 ? start.weights[i] : 0), 0),
  };
}

/** Rates of change of three variances at the start of a flow. */
export interface VarianceRates {
  /** d Var(p) / dt. */
  readonly probability: Estimate;
  /** d Var(f(p)) / dt: the variance of the loss that is trained. */
  readonly ownLoss: Estimate;
  /** d Var(u) / dt: the variance of the CE loss, which the attacker sees. */
  readonly crossEntropy: Estimate;
}

/**
 * d Var(X) / dt = 2 Cov(X, dX / dt) for X = p, f(p) and u, exact at the start distribution.
 *
 * Statement (T2, T3, derived here): in p-space dVar(f)/dt = -2 Cov(f, f'^2), <= 0 for a decreasing convex f and >= 0 for a
 * decreasing concave f. Where our derivation differs from the paper's claim: Var(u) falls even under the purely concave
 * CEL and CQL in p-space, for du/dt = -|f'(p)| / p and both e^p / p and (1 + p) / p fall with p on (0, 1); in logit space
 * it can grow only where w(p) (1-p)^2 rises with p (variance-growth.ts).
 *
 * @param classes C in logit space, default Infinity
 * @throws UserError when an expectation does not exist
 */
export function varianceRates(
  loss: LossFormula,
  start: StartDistribution,
  space: FlowSpace,
  classes = Infinity,
): VarianceRates {
  const k = 1 + 1 / (classes - 1);
  const points = Array.from(start.phi, atScaledLogit);
  // dp/dt, from which the others follow by the chain rule.
  const speed = Float64Array.from(points, (at) =>
    space === 'probability' ? -loss.slopeAt(at) : k * loss.weightAt(at) * at.q * at.q * at.p,
  );
  const rate = (x: (i: number) => number, derivative: (i: number) => number): Estimate => {
    const values = Float64Array.from(points, (_, i) => x(i));
    const rates = Float64Array.from(points, (_, i) => derivative(i) * speed[i]);
    const { value, error } = covariance(start, values, rates);
    return { value: 2 * value, error: 2 * error };
  };
  return {
    probability: rate(
      (i) => points[i].p,
      () => 1,
    ),
    ownLoss: rate(
      (i) => loss.valueAt(points[i]),
      (i) => loss.slopeAt(points[i]),
    ),
    crossEntropy: rate(
      (i) => points[i].u,
      (i) => -1 / points[i].p,
    ),
  };
}

function requireStep(eta: number): void {
  if (!(eta >= 0 && eta < Infinity)) {
    throw badInput('eta', eta, 'must be a finite number >= 0', 'Pass the step size (learning rate)');
  }
}
