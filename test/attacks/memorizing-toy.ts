import { randomStream } from '../../src/platform/math/random';
import type { ModelSignals } from '../../src/signals/signal-set';

/** Sizes of the toy: small classes, so that cuts fitted where they are judged show up as a clear bias. */
const classes = 20;
const perClassAndSide = 10;

/**
 * Signals of a model that knows its members by heart and nothing else: the true class of a member stands out by 8 in a
 * noise of width 1, and a non-member gets noise alone. Members and non-members alternate.
 *
 * @param seed an integer in [0, 2^32)
 * @param role whose signals these are: target and shadow are independent draws
 */
export function memorizingToy(seed: number, role: 'target' | 'shadow'): ModelSignals {
  const noise = randomStream({ seed, role, purpose: 'synthetic' });
  const n = 2 * perClassAndSide * classes;
  const labels = Int32Array.from({ length: n }, (_, i) => (i >> 1) % classes);
  const members = Uint8Array.from({ length: n }, (_, i) => i % 2);
  const logits = Float64Array.from({ length: n * classes }, () => noise.uniform());
  for (let i = 0; i < n; i++) if (members[i] === 1) logits[i * classes + labels[i]] += 8;
  return { n, classes, logits, labels, members };
}
