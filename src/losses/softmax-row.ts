import type { SoftmaxRow } from './loss';

/**
 * ln softmax, softmax and the true class of one record, in float64. The true class's 1 - p is the sum of the others, and
 * the loss of a top class a log1p of it: right for logits up to 1e4 in size and beyond.
 *
 * @param z logits, [classes]
 * @param label the true class
 */
export function softmaxRow(z: ArrayLike<number>, label: number): SoftmaxRow {
  const classes = z.length;
  let top = 0;
  for (let k = 1; k < classes; k++) if (z[k] > z[top]) top = k;
  let rest = 0;
  for (let k = 0; k < classes; k++) if (k !== top) rest += Math.exp(z[k] - z[top]);
  const logTotal = Math.log1p(rest);
  const logProbabilities = Float64Array.from(z, (each) => each - z[top] - logTotal);
  const probabilities = logProbabilities.map(Math.exp);
  const q = probabilities.reduce((sum, each, k) => (k === label ? sum : sum + each), 0);
  const direction = probabilities.map((each, k) => (k === label ? -q : each));
  return {
    z,
    label,
    logProbabilities,
    probabilities,
    direction,
    p: probabilities[label],
    q,
    u: -logProbabilities[label],
    at: (other) => softmaxRow(other, label),
  };
}
