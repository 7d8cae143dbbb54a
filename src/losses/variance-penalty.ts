import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import type { BatchLoss } from './loss';
import { beta, numberIn } from './parameters';
import { labelOf } from './probability-loss';

/**
 * Variance penalty: beta (mean u + strength Var u) over a batch, Var with n - 1 in its denominator (0 for one record):
 * dL/du_i = beta (1 / n + 2 strength (u_i - mean u) / (n - 1)). A positive strength shrinks the spread of the losses.
 */
export const variancePenalty = {
  kind: 'batch',
  title: 'Variance penalty',
  formula: 'mean_i u_i + strength Var_i u_i',
  reference: 'development code of the paper’s first author (zhenlong-liu/MLHospital, variance_penalty)',
  parameters: z
    .object({
      strength: numberIn('(-Infinity, Infinity)', 0.01, 'weight of the variance; 0.01 to 0.08 in the code'),
      beta,
    })
    .strict(),
  create(options: { strength: number; beta: number }): BatchLoss {
    const { strength, beta: factor } = options;
    return {
      kind: 'batch',
      name: 'variance-penalty',
      label: labelOf('Variance penalty', options),
      options: { ...options },
      onLosses: (u) => {
        const n = u.length;
        const mean = u.reduce((sum, each) => sum + each, 0) / n;
        const c = strength / Math.max(1, n - 1);
        const squares = u.reduce((sum, each) => sum + (each - mean) ** 2, 0);
        return {
          value: factor * (mean + c * squares),
          weights: u.map((each) => factor * (1 / n + 2 * c * (each - mean))),
        };
      },
      onTensors: (u) => {
        const n = u.shape[0];
        const mean = u.mean<Tensor1D>(0, true);
        const c = strength / Math.max(1, n - 1);
        const deviations = u.sub<Tensor1D>(mean);
        return {
          values: deviations.square().sum<Tensor1D>(0, true).mul<Tensor1D>(c).add<Tensor1D>(mean).mul(factor),
          weights: deviations
            .mul<Tensor1D>(2 * c)
            .add<Tensor1D>(1 / n)
            .mul(factor),
        };
      },
    };
  },
} as const;
