import type { Tensor1D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { scaled, type LossForms } from './probability-loss';

/** -(p + p^2 / 2! + ... + p^n / n!). Two terms are CQL. */
export function concaveTaylorForms(n: number): LossForms {
  return {
    value: ({ p }) => -exponentialTerms(p, 1, n),
    slope: ({ p }) => -exponentialTerms(p, 0, n - 1),
    curvature: ({ p }) => -exponentialTerms(p, 0, n - 2),
    weight: ({ p }) => p * exponentialTerms(p, 0, n - 1),
    weightSlope: ({ p }) => exponentialTerms(p, 0, n - 1) + p * exponentialTerms(p, 0, n - 2),
    values: ({ p }) => tensorTerms(p, n).neg(),
    weights: ({ p }) =>
      n === 1
        ? p.clone()
        : tensorTerms(p, n - 1)
            .add(1)
            .mul(p),
  };
}

/** sum_{k=first..last} p^k / k!; first is 0 or 1. */
function exponentialTerms(p: number, first: 0 | 1, last: number): number {
  let term = 1;
  let sum = 0;
  for (let k = 0; k <= last; k++) {
    if (k > 0) term = (term * p) / k;
    if (k >= first) sum += term;
  }
  return sum;
}

/** sum_{k=1..n} p^k / k!, [batch]. */
function tensorTerms(p: Tensor1D, n: number): Tensor1D {
  let term = p;
  let sum = p;
  for (let k = 2; k <= n; k++) {
    term = term.mul<Tensor1D>(p).div(k);
    sum = sum.add(term);
  }
  return sum;
}

/** Concave quadratic loss: f(p) = -beta (p + p^2 / 2), w(p) = beta p (1 + p): the Taylor form of order 2 of CEL without its constant. */
export const cql = defineLoss({
  kind: 'p',
  name: 'cql',
  label: 'CQL',
  title: 'Concave quadratic loss (CQL)',
  formula: 'f(p) = -(p + p^2 / 2)',
  reference: 'Liu et al., ICML 2024 (concave part of CCQL); taylor_exp of the official code',
  parameters: {},
  forms: ({ beta }) => scaled(beta, concaveTaylorForms(2)),
});
