import { hingeMargin } from '../signals/hinge-margin';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** The margin of the true class over the best other one, in logits. */
export const hingeAttack: ScoreAttack = {
  name: 'hinge',
  title: 'Hinge score',
  formula: 'z_y - max_{k != y} z_k',
  reference: 'Carlini et al. 2022, arXiv:2112.03570, appendix (hinge loss as the statistic)',
  threatModel: outputsAndShadow,
  score: hingeMargin,
};
