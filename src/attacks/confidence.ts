import { trueClassProbability } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/**
 * Members have a higher probability of the true class (not of the most likely class, which is another attack). The same
 * ranking as the loss attack, except that p_y is exactly 1 in float64 from phi = 36.7 on, where records tie; the loss
 * attack tells them apart up to phi = 745.
 */
export const confidenceAttack: ScoreAttack = {
  name: 'confidence',
  title: 'Confidence',
  formula: 'p_y',
  reference: 'Salem et al. 2019, arXiv:1806.01246; Song and Mittal 2021, arXiv:2003.10595',
  threatModel: outputsAndShadow,
  score(signals: ModelSignals): Float64Array {
    return trueClassProbability(signals);
  },
};
