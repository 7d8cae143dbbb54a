import { logSoftmax } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** Members get more certain predictions. The label plays no part in the score, only in the choice of the cut. */
export const entropyAttack: ScoreAttack = {
  name: 'entropy',
  title: 'Entropy',
  formula: 'sum_k p_k ln p_k',
  reference: 'Salem et al. 2019, arXiv:1806.01246; Song and Mittal 2021, arXiv:2003.10595',
  threatModel: outputsAndShadow,
  score(signals: ModelSignals): Float64Array {
    const { n, classes } = signals;
    const logP = logSoftmax(signals);
    const scores = new Float64Array(n);
    for (let row = 0; row < n; row++) {
      for (let i = row * classes; i < (row + 1) * classes; i++) {
        // p ln p -> 0 with p; ln p is finite, so an underflow of p gives 0 and not NaN.
        scores[row] += Math.exp(logP[i]) * logP[i];
      }
    }
    return scores;
  },
};
