import { z } from 'zod';
import type { Tensor1D, Tensor2D } from '../backend/tensor';
import type { LogitsLoss } from './loss';
import { beta, numberIn } from './parameters';
import { labelOf } from './probability-loss';

/**
 * Normalized cross-entropy and mean absolute error: beta (a u / S + b 2 (1 - p_y)), with u = -ln p_y and
 * S = -sum_k ln p_k. As dS/dz_k = K p_k - 1, the gradient of the first part is
 * (S (p_k - [k = y]) - u (K p_k - 1)) / S^2; that of the second 2 p_y (p_k - [k = y]).
 */
export const nceMae = {
  kind: 'logits',
  title: 'Normalized CE + MAE (NCE+MAE)',
  formula: 'a (-ln p_y) / (-sum_k ln p_k) + 2 b (1 - p_y)',
  reference: 'Ma et al., ICML 2020, arXiv:2006.13554',
  parameters: z
    .object({
      a: numberIn('[0, Infinity)', 1, 'weight of normalized cross-entropy'),
      b: numberIn('[0, Infinity)', 1, 'weight of the mean absolute error'),
      beta,
    })
    .strict(),
  create(options: { a: number; b: number; beta: number }): LogitsLoss {
    const [a, b] = [options.beta * options.a, options.beta * options.b];
    return {
      kind: 'logits',
      name: 'nce-mae',
      label: labelOf('NCE+MAE', options),
      options: { ...options },
      onRow: ({ p, q, u, label, logProbabilities, direction }) => {
        const classes = direction.length;
        const sum = -logProbabilities.reduce((total, each) => total + each, 0);
        const share = u / sum;
        // K p_k - 1 from the direction, which keeps the small 1 - p of a sure true class.
        const slopes = direction.map((d, k) => (k === label ? classes * (d + 1) - 1 : classes * d - 1));
        return {
          value: a * share + 2 * b * q,
          gradient: direction.map((d, k) => (a * (d - share * slopes[k])) / sum + 2 * b * p * d),
        };
      },
      onTensors: ({ p, q, u, oneHot, direction, logProbabilities }) => {
        const sum = logProbabilities().sum<Tensor1D>(1).neg<Tensor1D>();
        const share = u.div<Tensor1D>(sum);
        const slopes = direction.add<Tensor2D>(oneHot).mul<Tensor2D>(oneHot.shape[1]).sub<Tensor2D>(1);
        const normalized = direction
          .sub<Tensor2D>(slopes.mul(share.expandDims(1)))
          .div<Tensor2D>(sum.expandDims(1))
          .mul<Tensor2D>(a);
        return {
          values: share.mul<Tensor1D>(a).add<Tensor1D>(q.mul(2 * b)),
          gradients: normalized.add(direction.mul(p.mul(2 * b).expandDims(1))),
        };
      },
    };
  },
} as const;
