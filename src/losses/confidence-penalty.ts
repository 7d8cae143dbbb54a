import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { numberIn } from './parameters';

/**
 * Confidence penalty: beta (-ln p_y - strength H), H = -sum_k p_k ln p_k in nats. Since dH/dz_k = -p_k (ln p_k + H), the
 * gradient is beta (softmax_k - [k = y] + strength p_k (ln p_k + H)).
 */
export const confidencePenalty = defineLoss({
  kind: 'logits',
  name: 'confidence-penalty',
  label: 'Confidence penalty',
  title: 'Confidence penalty',
  formula: '-ln p_y - strength H(p), H(p) = -sum_k p_k ln p_k',
  reference: 'Pereyra et al., 2017, arXiv:1701.06548; ereg of the development code (zhenlong-liu/MLHospital)',
  parameters: { strength: numberIn('[0, Infinity)', 0.1, 'weight of the entropy') },
  forms: ({ strength, beta: factor }) => ({
    onRow: ({ u, probabilities, logProbabilities, direction }) => {
      const entropy = -probabilities.reduce((sum, p, k) => sum + p * logProbabilities[k], 0);
      return {
        value: factor * (u - strength * entropy),
        gradient: direction.map(
          (d, k) => factor * (d + strength * probabilities[k] * (logProbabilities[k] + entropy)),
        ),
      };
    },
    onTensors: ({ u, direction, probabilities, logProbabilities }) => {
      const [p, logP] = [probabilities(), logProbabilities()];
      const entropy = p.mul<Tensor2D>(logP).sum<Tensor1D>(1).neg<Tensor1D>();
      return {
        values: u.sub<Tensor1D>(entropy.mul(strength)).mul(factor),
        gradients: direction
          .add<Tensor2D>(logP.add<Tensor2D>(entropy.expandDims(1)).mul<Tensor2D>(p).mul(strength))
          .mul(factor),
      };
    },
  }),
});
