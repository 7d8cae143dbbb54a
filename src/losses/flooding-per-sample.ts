import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** The level that a loss is held at. */
export const floodLevel = numberIn('[0, Infinity)', 0.1, 'level that the loss is held at');

/** |u - t| + t. At the kink u = t the weight is 0. */
function floodingForms(t: number): LossForms {
  return {
    value: ({ u }) => Math.abs(u - t) + t,
    slope: ({ p, u }) => -Math.sign(u - t) / p,
    curvature: ({ p, u }) => Math.sign(u - t) / (p * p),
    weight: ({ u }) => Math.sign(u - t),
    weightSlope: () => 0,
    values: ({ u }) => u.sub(t).abs().add(t),
    weights: ({ u }) => u.sub<Tensor1D>(t).sign(),
  };
}

/** Flooding of each record: f(p) = beta (|u - level| + level), u = -ln p. w is 1 while the loss is above the level and -1 below it. */
export const floodingPerSample = {
  kind: 'p',
  title: 'Flooding, each record by itself',
  formula: 'f(p) = |u - level| + level, u = -ln p',
  reference:
    'development code (zhenlong-liu/MLHospital, flood); after Ishida et al., ICML 2020, arXiv:2002.08709, whose flooding is `flooding`',
  parameters: z.object({ level: floodLevel, beta }).strict(),
  create(options: { level: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      {
        name: 'flooding-per-sample',
        label: labelOf('Flooding per sample', options),
        options: { ...options },
      },
      scaled(options.beta, floodingForms(options.level)),
    );
  },
} as const;
