import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta, terms } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** q + q^2 / 2 + ... + q^n / n. */
function taylorCeForms(n: number): LossForms {
  return {
    value: ({ q }) => polynomial(q, n, (k) => (k === 0 ? 0 : 1 / k)),
    slope: ({ q }) => -polynomial(q, n - 1, () => 1),
    curvature: ({ q }) => polynomial(q, n - 2, (k) => k + 1),
    weight: ({ p, q }) => p * polynomial(q, n - 1, () => 1),
    weightSlope: ({ q }) => n * q ** (n - 1),
    values: ({ q }) => tensorPolynomial(q, n, (k) => (k === 0 ? 0 : 1 / k)),
    weights: ({ p, q }) => tensorPolynomial(q, n - 1, () => 1).mul(p),
  };
}

/** sum_{k=0..degree} c(k) x^k by Horner's rule; 0 for a negative degree. */
function polynomial(x: number, degree: number, c: (k: number) => number): number {
  let sum = 0;
  for (let k = degree; k >= 0; k--) sum = sum * x + c(k);
  return sum;
}

function tensorPolynomial(x: Tensor1D, degree: number, c: (k: number) => number): Tensor1D {
  let sum = x.zerosLike<Tensor1D>();
  for (let k = degree; k >= 0; k--) sum = sum.mul<Tensor1D>(x).add(c(k));
  return sum;
}

/** Taylor cross-entropy: the series of -ln p at p = 1 cut after some terms, f(p) = beta sum_{k=1..terms} (1 - p)^k / k, w(p) = beta (1 - (1 - p)^terms). One term is MAE / 2; many tend to CE. */
export const taylorCe = {
  kind: 'p',
  title: 'Taylor cross-entropy',
  formula: 'f(p) = sum_{k=1..terms} (1 - p)^k / k',
  reference: 'Feng et al., IJCAI 2020, doi:10.24963/ijcai.2020/305',
  parameters: z.object({ terms: terms(2), beta }).strict(),
  create(options: { terms: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'taylor-ce', label: labelOf('Taylor CE', options), options: { ...options } },
      scaled(options.beta, taylorCeForms(options.terms)),
    );
  },
} as const;
