import { lossOfScaledLogit } from '../platform/math/scaled-logit';
import type { ModelSignals } from './model-signals';

type Logits = Pick<ModelSignals, 'n' | 'classes' | 'logits'>;
type LabeledLogits = Pick<ModelSignals, 'n' | 'classes' | 'logits' | 'labels'>;

/**
 * ln p_k of all classes, row-major [n, k], in float64: z_k - z_top - ln(1 + sum_{j != top} exp(z_j - z_top)).
 * The logarithm is a log1p, so ln p of the top class keeps its digits where p rounds to 1. Finite for |logit| <= 1e4.
 */
export function logSoftmax({ n, classes, logits }: Logits): Float64Array {
  const out = new Float64Array(n * classes);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const top = start + topClass(logits, start, classes);
    let rest = 0;
    for (let i = start; i < start + classes; i++) if (i !== top) rest += Math.exp(logits[i] - logits[top]);
    const normalizer = Math.log1p(rest);
    for (let i = start; i < start + classes; i++) out[i] = logits[i] - logits[top] - normalizer;
  }
  return out;
}

/**
 * Scaled logit phi = ln(p_y / (1 - p_y)) = z_y - ln sum_{k != y} exp(z_k), [n], by log-sum-exp: neither saturates nor
 * cancels (Carlini et al. 2022, arXiv:2112.03570).
 */
export function scaledLogit({ n, classes, logits, labels }: LabeledLogits): Float64Array {
  const out = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const own = start + labels[row];
    let rival = -Infinity;
    for (let i = start; i < start + classes; i++) if (i !== own && logits[i] > rival) rival = logits[i];
    let sum = 0;
    for (let i = start; i < start + classes; i++) if (i !== own) sum += Math.exp(logits[i] - rival);
    out[row] = logits[own] - rival - Math.log(sum);
  }
  return out;
}

/**
 * Cross-entropy losses -ln p_y = ln(1 + exp(-phi)), [n], natural logarithm. Relative precision is kept down to
 * 1e-308; records with phi above 745 have a loss of exactly 0.
 */
export function ceLosses(signals: LabeledLogits): Float64Array {
  return scaledLogit(signals).map(lossOfScaledLogit);
}

/** True-class probabilities p_y, [n]; exactly 1 where the loss is below 1.1e-16. */
export function trueClassProbability(signals: LabeledLogits): Float64Array {
  return ceLosses(signals).map((loss) => Math.exp(-loss));
}

/** Index (0 .. classes-1) of the largest of the logits that start at `start`; the first one of equals. */
export function topClass(logits: ArrayLike<number>, start: number, classes: number): number {
  let top = 0;
  for (let k = 1; k < classes; k++) if (logits[start + k] > logits[start + top]) top = k;
  return top;
}
