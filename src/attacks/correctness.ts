import { correct } from '../signals/accuracy';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import { labelOnly } from './threat-model';

/**
 * The gap attack: a record that is classified rightly is called a member. Its advantage is train minus test accuracy.
 * The cut is part of the definition, so no shadow model sets it.
 */
export const correctnessAttack: ScoreAttack = {
  name: 'correctness',
  title: 'Correctness (gap)',
  formula: '1 if argmax_k p_k = y (the first of several largest), else 0; member if 1',
  reference: 'Yeom et al. 2018, arXiv:1709.01604; Leino and Fredrikson 2020, arXiv:1906.11798',
  threatModel: labelOnly,
  cut: 1,
  score(signals: ModelSignals): Float64Array {
    return Float64Array.from(correct(signals));
  },
};
