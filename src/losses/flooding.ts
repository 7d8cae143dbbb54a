import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { floodLevel } from './flooding-per-sample';
import type { BatchLoss } from './loss';
import { beta } from './parameters';
import { labelOf } from './probability-loss';

/**
 * Flooding: beta (|mean u - level| + level), with the mean over the batch. Below the level every gradient is reversed; at
 * the level it is 0.
 */
export const flooding = {
  kind: 'batch',
  title: 'Flooding of the batch',
  formula: '|mean_i u_i - level| + level',
  reference: 'Ishida et al., ICML 2020, arXiv:2002.08709',
  parameters: z.object({ level: floodLevel, beta }).strict(),
  create(options: { level: number; beta: number }): BatchLoss {
    const { level, beta: factor } = options;
    return {
      kind: 'batch',
      name: 'flooding',
      label: labelOf('Flooding', options),
      options: { ...options },
      onLosses: (u) => {
        const excess = u.reduce((sum, each) => sum + each, 0) / u.length - level;
        return {
          value: factor * (Math.abs(excess) + level),
          weights: u.map(() => (factor * Math.sign(excess)) / u.length),
        };
      },
      onTensors: (u) => {
        const excess = u.mean<Tensor1D>(0, true).sub<Tensor1D>(level);
        return {
          values: excess.abs().add(level).mul(factor),
          weights: u.zerosLike<Tensor1D>().add(excess.sign().mul(factor / u.shape[0])),
        };
      },
    };
  },
} as const;
