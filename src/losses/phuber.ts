import { z } from 'zod';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { Tensor1D } from '../backend/tensor';
import type { ProbabilityLoss } from './loss';

/** With h = max(0, 1 - tau p), the distance below the threshold: -ln max(p, 1 / tau) + h. */
function phuberForms(tau: number): LossForms {
  return {
    value: ({ p, u }) => (p > 1 / tau ? u : 1 + Math.log(tau) - tau * p),
    slope: ({ p }) => (p > 1 / tau ? -1 / p : -tau),
    curvature: ({ p }) => (p > 1 / tau ? 1 / (p * p) : 0),
    weight: ({ p }) => Math.min(1, tau * p),
    weightSlope: ({ p }) => (p > 1 / tau ? 0 : tau),
    values: ({ p, u }) =>
      u.minimum<Tensor1D>(Math.log(tau)).add(p.mul<Tensor1D>(-tau).add<Tensor1D>(1).relu()),
    weights: ({ p }) => p.mul<Tensor1D>(tau).minimum(1),
  };
}

/** Partially Huberized cross-entropy: f(p) = beta (-ln p) where p > 1 / tau, else the tangent beta (1 + ln tau - tau p). w(p) = beta min(1, tau p). */
export const phuber = {
  kind: 'p',
  title: 'Partially Huberized CE (PHuber)',
  formula: 'f(p) = -ln p if p > 1 / tau, else 1 + ln tau - tau p',
  reference: 'Menon et al., ICLR 2020 (Can gradient clipping mitigate label noise?)',
  parameters: z
    .object({
      tau: numberIn('(1, Infinity)', 10, 'steepest slope in p; 10 in the development code for CIFAR-10'),
      beta,
    })
    .strict(),
  create(options: { tau: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'phuber', label: labelOf('PHuber', options), options: { ...options } },
      scaled(options.beta, phuberForms(options.tau)),
    );
  },
} as const;
