import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** (1 - p^k) / k = -expm1(-k u) / k. */
function gceForms(k: number): LossForms {
  return {
    value: ({ u }) => -Math.expm1(-k * u) / k,
    slope: ({ p }) => -(p ** (k - 1)),
    curvature: ({ p }) => (k === 1 ? 0 : (1 - k) * p ** (k - 2)),
    weight: ({ u }) => Math.exp(-k * u),
    weightSlope: ({ p }) => k * p ** (k - 1),
    values: ({ u }) =>
      u
        .mul<Tensor1D>(-k)
        .expm1<Tensor1D>()
        .mul(-1 / k),
    weights: ({ u }) => u.mul<Tensor1D>(-k).exp(),
  };
}

/** Generalized cross-entropy: f(p) = beta (1 - p^q) / q, w(p) = beta p^q. Between CE (q to 0) and 1 - p (q = 1). */
export const gce = {
  kind: 'p',
  title: 'Generalized cross-entropy (GCE)',
  formula: 'f(p) = (1 - p^q) / q',
  reference: 'Zhang and Sabuncu, NeurIPS 2018, arXiv:1805.07836',
  parameters: z.object({ q: numberIn('(0, 1]', 0.7, 'exponent; 0.7 in the paper'), beta }).strict(),
  create(options: { q: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'gce', label: labelOf('GCE', options), options: { ...options } },
      scaled(options.beta, gceForms(options.q)),
    );
  },
} as const;
