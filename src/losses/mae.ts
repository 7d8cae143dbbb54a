import { z } from 'zod';
import { beta } from './parameters';
import { labelOf, probabilityLoss, scaled, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** 2 (1 - p). */
export const maeForms: LossForms = {
  value: ({ q }) => 2 * q,
  slope: () => -2,
  curvature: () => 0,
  weight: ({ p }) => 2 * p,
  weightSlope: () => 2,
  values: ({ q }) => q.mul(2),
  weights: ({ p }) => p.mul(2),
};

/** Mean absolute error of the probabilities: f(p) = beta sum_k |p_k - [k = y]| = 2 beta (1 - p), w(p) = 2 beta p. (The development code multiplies by its factor 2 twice.) */
export const mae = {
  kind: 'p',
  title: 'Mean absolute error (MAE)',
  formula: 'f(p) = 2 (1 - p)',
  reference: 'Ghosh et al., AAAI 2017, arXiv:1712.09482',
  parameters: z.object({ beta }).strict(),
  create(options: { beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'mae', label: labelOf('MAE', options), options: { ...options } },
      scaled(options.beta, maeForms),
    );
  },
} as const;
