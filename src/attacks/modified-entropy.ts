import { topClass } from '../signals/log-softmax';
import type { ModelSignals } from '../signals/model-signals';
import type { ScoreAttack } from './attack';
import { outputsAndShadow } from './threat-model';

/** Entropy that knows the label: certainty counts for membership only where it is right. */
export const modifiedEntropyAttack: ScoreAttack = {
  name: 'modified-entropy',
  title: 'Modified entropy',
  formula: '(1 - p_y) ln p_y + sum_{k != y} p_k ln(1 - p_k)',
  reference: 'Song and Mittal 2021, arXiv:2003.10595',
  threatModel: outputsAndShadow,
  score({ n, classes, logits, labels }: ModelSignals): Float64Array {
    const scores = new Float64Array(n);
    for (let row = 0; row < n; row++) scores[row] = scoreOf(logits, row * classes, classes, labels[row]);
    return scores;
  },
};

/**
 * Only the top class can have p close to 1; its 1 - p is the sum of the others and its ln(1 - p) their log-sum-exp, which
 * stays finite where 1 - p underflows. All other classes have p <= 1/2, where log1p(-p) is exact enough.
 */
function scoreOf(logits: Float32Array | Float64Array, start: number, classes: number, label: number): number {
  const top = topClass(logits, start, classes);
  let runnerUp = -Infinity;
  for (let k = 0; k < classes; k++)
    if (k !== top && logits[start + k] > runnerUp) runnerUp = logits[start + k];
  let sum = 0;
  for (let k = 0; k < classes; k++) if (k !== top) sum += Math.exp(logits[start + k] - runnerUp);
  // ln of (1 - p_top) / p_top, and -ln p_top.
  const logOdds = runnerUp - logits[start + top] + Math.log(sum);
  const normalizer = logOdds > 0 ? logOdds + Math.log1p(Math.exp(-logOdds)) : Math.log1p(Math.exp(logOdds));

  let score = 0;
  for (let k = 0; k < classes; k++) {
    const logP = logits[start + k] - logits[start + top] - normalizer;
    const logRest = k === top ? logOdds - normalizer : Math.log1p(-Math.exp(logP));
    score += k === label ? Math.exp(logRest) * logP : Math.exp(logP) * logRest;
  }
  return score;
}
