import { scaledLogit } from '../signals/log-softmax';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** The scaled logit as a score: the same ranking as the loss, without ties at p_y = 1. */
export const scaledLogitAttack: ScoreAttack = {
  name: 'scaled-logit',
  title: 'Scaled logit',
  formula: 'ln(p_y / (1 - p_y))',
  reference: 'Carlini et al. 2022, arXiv:2112.03570, section VI',
  threatModel: outputsAndShadow,
  score: scaledLogit,
};
