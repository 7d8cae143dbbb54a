import { z } from 'zod';
import type { Tensor1D, Tensor2D } from '../backend/tensor';
import type { LogitsLoss } from './loss';
import { beta, numberIn } from './parameters';
import { labelOf } from './probability-loss';

/**
 * Cross-entropy with a constant e^c in the denominator of the softmax: beta (ln(sum_k e^(z_k) + e^c) - z_y), as if there
 * were one more class whose logit is c. With L = ln sum_k e^(z_k) and s = 1 / (1 + e^(c - L)) it is u + ln(1 + e^(c - L)),
 * and its gradient s softmax_k - [k = y]. Unlike cross-entropy it is not blind to a shift of all logits.
 */
export const csce = {
  kind: 'logits',
  title: 'Constant in the softmax (csce)',
  formula: 'ln(sum_k e^(z_k) + e^constant) - z_y',
  reference: 'development code of the paper’s first author (zhenlong-liu/MLHospital, csce)',
  parameters: z
    .object({ constant: numberIn('(-Infinity, Infinity)', 1, 'logit of the extra class'), beta })
    .strict(),
  create(options: { constant: number; beta: number }): LogitsLoss {
    const { constant, beta: factor } = options;
    return {
      kind: 'logits',
      name: 'csce',
      label: labelOf('Constant in the softmax', options),
      options: { ...options },
      onRow: ({ z: logits, u, label, direction }) => {
        const excess = constant - (logits[label] + u);
        const extra = excess > 0 ? excess + Math.log1p(Math.exp(-excess)) : Math.log1p(Math.exp(excess));
        const taken = excess > 0 ? 1 / (1 + Math.exp(-excess)) : Math.exp(excess) / (1 + Math.exp(excess));
        return {
          value: factor * (u + extra),
          gradient: direction.map((d, k) => factor * ((1 - taken) * d - (k === label ? taken : 0))),
        };
      },
      onTensors: ({ z: logits, u, oneHot, direction }) => {
        const excess = logits
          .mul<Tensor2D>(oneHot)
          .sum<Tensor1D>(1)
          .add<Tensor1D>(u)
          .neg<Tensor1D>()
          .add<Tensor1D>(constant);
        const taken = excess.sigmoid().expandDims(1);
        return {
          values: u.add<Tensor1D>(softplus(excess)).mul(factor),
          gradients: direction.sub<Tensor2D>(direction.add(oneHot).mul(taken)).mul(factor),
        };
      },
    };
  },
} as const;

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|); the backend's own softplus gives up small values. */
function softplus(x: Tensor1D): Tensor1D {
  return x.relu<Tensor1D>().add<Tensor1D>(x.abs().neg().exp().log1p());
}
