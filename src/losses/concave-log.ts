import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** ln(1 - p + gamma). */
export function concaveLogForms(gamma: number): LossForms {
  return {
    value: ({ q }) => Math.log(q + gamma),
    slope: ({ q }) => -1 / (q + gamma),
    curvature: ({ q }) => -1 / (q + gamma) ** 2,
    weight: ({ p, q }) => p / (q + gamma),
    weightSlope: ({ q }) => (1 + gamma) / (q + gamma) ** 2,
    values: ({ q }) => q.add<Tensor1D>(gamma).log(),
    weights: ({ p, q }) => p.div(q.add(gamma)),
  };
}

/** The offset in the logarithm. */
export const logGamma = numberIn('(0, Infinity)', 1, 'offset in the logarithm');

/** Concave logarithm: f(p) = beta ln(1 + gamma - p), w(p) = beta p / (1 + gamma - p). gamma keeps the slope at p = 1 finite: -1 / gamma. */
export const concaveLog = {
  kind: 'p',
  title: 'Concave logarithm',
  formula: 'f(p) = ln(1 + gamma - p)',
  reference:
    'concave part of concave_log in the development code (zhenlong-liu/MLHospital), with the sign that makes it decrease',
  parameters: z.object({ gamma: logGamma, beta }).strict(),
  create(options: { gamma: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'concave-log', label: labelOf('Concave log', options), options: { ...options } },
      scaled(options.beta, concaveLogForms(options.gamma)),
    );
  },
} as const;
