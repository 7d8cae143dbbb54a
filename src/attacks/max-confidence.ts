import { logSoftmax } from '../signals/log-softmax';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** The largest probability, whatever the true class: what the official code calls confidence. */
export const maxConfidenceAttack: ScoreAttack = {
  name: 'max-confidence',
  title: 'Largest probability',
  formula: 'max_k ln p_k',
  reference: 'Salem et al. 2019, arXiv:1806.01246; the official code of CCL calls it confidence',
  threatModel: outputsAndShadow.replace('the true label is known; ', ''),
  score(signals) {
    const { n, classes } = signals;
    const all = logSoftmax(signals);
    return Float64Array.from({ length: n }, (_, i) => {
      let largest = -Infinity;
      for (let k = 0; k < classes; k++) largest = Math.max(largest, all[i * classes + k]);
      return largest;
    });
  },
};
