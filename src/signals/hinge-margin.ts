import type { ModelSignals } from './model-signals';

/** Margin of the true class over the best other one, z_y - max_{k != y} z_k, [n], in logits; above 0 = correct. */
export function hingeMargin({
  n,
  classes,
  logits,
  labels,
}: Pick<ModelSignals, 'n' | 'classes' | 'logits' | 'labels'>): Float64Array {
  const out = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const start = row * classes;
    const own = start + labels[row];
    let rival = -Infinity;
    for (let i = start; i < start + classes; i++) if (i !== own && logits[i] > rival) rival = logits[i];
    out[row] = logits[own] - rival;
  }
  return out;
}
