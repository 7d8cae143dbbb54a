import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { defineLoss } from './define-loss';
import { numberIn } from './parameters';

/**
 * Label smoothing: cross-entropy with the target (1 - epsilon) [k = y] + epsilon / classes, times beta. Its logit
 * gradient is softmax - target.
 */
export const labelSmoothing = defineLoss({
  kind: 'logits',
  name: 'label-smoothing',
  label: 'Label smoothing',
  title: 'Label smoothing',
  formula: '(1 - epsilon)(-ln p_y) - (epsilon / K) sum_k ln p_k',
  reference: 'Szegedy et al., CVPR 2016, arXiv:1512.00567; as torch.nn.CrossEntropyLoss(label_smoothing)',
  parameters: { epsilon: numberIn('[0, 1]', 0.1, 'share of the target that all classes divide equally') },
  forms: ({ epsilon, beta: factor }) => ({
    onRow: ({ u, label, logProbabilities, direction }) => {
      const classes = direction.length;
      const all = logProbabilities.reduce((sum, each) => sum + each, 0);
      return {
        value: factor * ((1 - epsilon) * u - (epsilon / classes) * all),
        gradient: direction.map((d, k) => factor * (d + epsilon * ((k === label ? 1 : 0) - 1 / classes))),
      };
    },
    onTensors: ({ u, oneHot, direction, logProbabilities }) => ({
      values: u
        .mul<Tensor1D>(1 - epsilon)
        .sub<Tensor1D>(logProbabilities().mean<Tensor1D>(1).mul(epsilon))
        .mul(factor),
      gradients: direction.add<Tensor2D>(oneHot.sub<Tensor2D>(1 / oneHot.shape[1]).mul(epsilon)).mul(factor),
    }),
  }),
});
