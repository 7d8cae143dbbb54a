import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta, terms } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

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

/** Taylor form of the concave exponential: f(p) = -beta sum_{k=1..terms} p^k / k!, without the constant 1. One term is linear, two are CQL; many tend to 1 - e^p. */
export const concaveTaylor = {
  kind: 'p',
  title: 'Concave Taylor form of order n',
  formula: 'f(p) = -sum_{k=1..terms} p^k / k!',
  reference: 'concave part of concave_taylor_n in the development code (zhenlong-liu/MLHospital)',
  parameters: z.object({ terms: terms(3), beta }).strict(),
  create(options: { terms: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'concave-taylor', label: labelOf('Concave Taylor', options), options: { ...options } },
      scaled(options.beta, concaveTaylorForms(options.terms)),
    );
  },
} as const;
