import { badInput } from '../../errors';
import {
  canonicalOrder,
  scaled,
  scaleOf,
  takeRows,
  type FeatureRows,
  type FeatureScale,
  priorLogOdds,
  type Learner,
} from './lesson';

/** ln odds of a member: intercept + sum_j weights[j] (x_j - means[j]) / deviations[j]. */
export interface LogisticModel extends FeatureScale {
  readonly weights: Float64Array;
  readonly intercept: number;
}

/**
 * Logistic regression on standardized features (ddof 0; constant ones are only centered), by Newton's method to the exact
 * minimum of sum_i ln(1 + exp(-y_i f_i)) + |w|^2 / (2 c), the intercept free: the objective of scikit-learn's
 * LogisticRegression(C=c). The rows are put into an order of their own first, so that the order in which they come
 * changes no bit.
 *
 * @param members [n], 1 or 0, both present
 * @param c inverse strength of the penalty, above 0
 * @throws UserError if one side is missing
 */
export function logisticFit(rows: FeatureRows, members: Uint8Array, c = 1): LogisticModel {
  if (!members.includes(1) || !members.includes(0)) {
    throw badInput(
      'members',
      members[0],
      'a fit needs members and non-members',
      'Pass records of both kinds',
    );
  }
  const order = canonicalOrder(rows, members);
  const y = Float64Array.from(order, (i) => (members[i] === 1 ? 1 : 0));
  const scale = scaleOf(rows);
  const x = scaled(takeRows(rows, order), scale).values;
  const { width } = rows;
  // The last parameter is the intercept.
  let parameters = new Float64Array(width + 1);
  let value = objective(x, y, width, parameters, c);
  for (let step = 0; step < 100; step++) {
    const { gradient, hessian } = derivatives(x, y, width, parameters, c);
    if (gradient.every((slope) => Math.abs(slope) < 1e-9)) break;
    const direction = solve(hessian, gradient);
    let size = 1;
    let next = parameters.map((old, j) => old - size * direction[j]);
    let nextValue = objective(x, y, width, next, c);
    while (nextValue > value && size > 1e-6) {
      size /= 2;
      const shorter = size;
      next = parameters.map((old, j) => old - shorter * direction[j]);
      nextValue = objective(x, y, width, next, c);
    }
    if (nextValue > value) break;
    parameters = next;
    value = nextValue;
  }
  return { weights: parameters.slice(0, width), intercept: parameters[width], ...scale };
}

/** ln odds of being a member, [n]. */
export function logisticScores(
  { weights, intercept, means, deviations }: LogisticModel,
  { n, width, values }: FeatureRows,
): Float64Array {
  const out = new Float64Array(n).fill(intercept);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++)
      out[i] += (weights[j] * (values[i * width + j] - means[j])) / deviations[j];
  }
  return out;
}

/** A logistic regression as a learner of membership; its score is the ln odds of a member. */
export function logisticLearner(c = 1): Learner {
  return ({ rows, members }) => {
    const model = logisticFit(rows, members, c);
    return { cut: priorLogOdds(members), scores: (asked) => logisticScores(model, asked) };
  };
}

function linear(x: Float64Array, row: number, width: number, parameters: Float64Array): number {
  let sum = parameters[width];
  for (let j = 0; j < width; j++) sum += parameters[j] * x[row * width + j];
  return sum;
}

function objective(
  x: Float64Array,
  y: Float64Array,
  width: number,
  parameters: Float64Array,
  c: number,
): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const margin = (2 * y[i] - 1) * linear(x, i, width, parameters);
    sum += margin > 0 ? Math.log1p(Math.exp(-margin)) : -margin + Math.log1p(Math.exp(margin));
  }
  for (let j = 0; j < width; j++) sum += parameters[j] ** 2 / (2 * c);
  return sum;
}

function derivatives(
  x: Float64Array,
  y: Float64Array,
  width: number,
  parameters: Float64Array,
  c: number,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const row = new Float64Array(size).fill(1);
  for (let i = 0; i < y.length; i++) {
    row.set(x.subarray(i * width, (i + 1) * width));
    const p = 1 / (1 + Math.exp(-linear(x, i, width, parameters)));
    const weight = p * (1 - p);
    for (let a = 0; a < size; a++) {
      gradient[a] += (p - y[i]) * row[a];
      const scaled = weight * row[a];
      const line = hessian[a];
      for (let b = 0; b <= a; b++) line[b] += scaled * row[b];
    }
  }
  for (let j = 0; j < width; j++) {
    gradient[j] += parameters[j] / c;
    hessian[j][j] += 1 / c;
  }
  // Where all weights vanish the intercept's own curvature does too.
  hessian[width][width] += 1e-12;
  return { gradient, hessian };
}

/** Solves H x = g for a positive definite H, given by its lower triangle, by Cholesky's method. */
function solve(hessian: readonly Float64Array[], gradient: Float64Array): Float64Array {
  const size = gradient.length;
  const factor = hessian.map((row) => row.slice());
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = factor[a][b];
      for (let k = 0; k < b; k++) sum -= factor[a][k] * factor[b][k];
      factor[a][b] = a === b ? Math.sqrt(Math.max(sum, 1e-300)) : sum / factor[b][b];
    }
  }
  const out = gradient.slice();
  for (let a = 0; a < size; a++) {
    for (let k = 0; k < a; k++) out[a] -= factor[a][k] * out[k];
    out[a] /= factor[a][a];
  }
  for (let a = size - 1; a >= 0; a--) {
    for (let k = a + 1; k < size; k++) out[a] -= factor[k][a] * out[k];
    out[a] /= factor[a][a];
  }
  return out;
}
