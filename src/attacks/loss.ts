import { ceLosses } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** Members have lower cross-entropy loss, whatever loss the model was trained with. */
export const lossAttack: ScoreAttack = {
  name: 'loss',
  title: 'Loss',
  formula: 'ln p_y',
  reference:
    'Yeom et al. 2018, arXiv:1709.01604 (cuts per class on a shadow model: Song and Mittal 2021, arXiv:2003.10595)',
  threatModel: outputsAndShadow,
  score(signals: ModelSignals): Float64Array {
    return ceLosses(signals).map((loss) => -loss);
  },
};
