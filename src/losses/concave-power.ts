import { z } from 'zod';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** (1 - p + tau)^g; concave and decreasing for 0 < g <= 1. */
export function powerForms(g: number, tau: number): LossForms {
  return {
    value: ({ q }) => (q + tau) ** g,
    slope: ({ q }) => -g * (q + tau) ** (g - 1),
    curvature: ({ q }) => g * (g - 1) * (q + tau) ** (g - 2),
    weight: ({ p, q }) => g * p * (q + tau) ** (g - 1),
    weightSlope: ({ p, q }) => g * (q + tau) ** (g - 2) * (q + tau + (1 - g) * p),
    values: ({ q }) => q.add(tau).pow(g),
    weights: ({ p, q }) =>
      q
        .add(tau)
        .pow(g - 1)
        .mul(p)
        .mul(g),
  };
}

/** The exponent; below 1 the power is strictly concave. */
export const powerGamma = numberIn('(0, 1)', 0.5, 'exponent');

/** The offset under the power. */
export const powerTau = numberIn('(0, Infinity)', 0.5, 'offset under the power');

/** Concave power: f(p) = beta (1 + tau - p)^gamma with gamma < 1, w(p) = beta gamma p (1 + tau - p)^(gamma - 1). tau keeps the slope at p = 1 finite. */
export const concavePower = {
  kind: 'p',
  title: 'Concave power',
  formula: 'f(p) = (1 + tau - p)^gamma',
  reference:
    'concave part of concave_loss in the development code (zhenlong-liu/MLHospital), with the sign that makes it decrease',
  parameters: z.object({ gamma: powerGamma, tau: powerTau, beta }).strict(),
  create(options: { gamma: number; tau: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'concave-power', label: labelOf('Concave power', options), options: { ...options } },
      scaled(options.beta, powerForms(options.gamma, options.tau)),
    );
  },
} as const;
