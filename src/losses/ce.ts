import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta } from './parameters';
import { labelOf, probabilityLoss, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** beta times cross-entropy: f(p) = -beta ln p, w(p) = beta. */
export function ceForms(beta: number): LossForms {
  return {
    value: ({ u }) => beta * u,
    slope: ({ p }) => -beta / p,
    curvature: ({ p }) => beta / (p * p),
    weight: () => beta,
    weightSlope: () => 0,
    values: ({ u }) => (beta === 1 ? u.clone() : u.mul(beta)),
    weights: ({ u }) => u.zerosLike<Tensor1D>().add(beta),
    constantWeight: beta,
  };
}

/** Cross-entropy: f(p) = -beta ln p, w(p) = beta. */
export const ce = {
  kind: 'p',
  title: 'Cross-entropy (CE)',
  formula: 'f(p) = -ln p',
  reference: 'the convex baseline of Liu et al., ICML 2024',
  parameters: z.object({ beta }).strict(),
  create(options: { beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ce', label: labelOf('CE', options), options: { ...options } },
      ceForms(options.beta),
    );
  },
} as const;
