import { describe, expect, it } from 'vitest';
import { outputQuantities } from '../../src/attacks/epochs';
import { outputScores } from '../../src/attacks/output-scores';
import { randomStream } from '../../src/platform/math/random';
import { scaledLogit } from '../../src/signals/log-softmax';

describe('output quantities in one pass', () => {
  const { uniform, below } = randomStream({ seed: 4, role: 'evaluation', purpose: 'noise' });

  // From flat outputs over fitted ones to gaps at which exp underflows.
  it.each([1e-3, 1, 30, 500, 1e4])('are those of the attacks at logits of size %d', (scale) => {
    const [n, classes] = [400, 7];
    const signals = {
      n,
      classes,
      logits: Float32Array.from({ length: n * classes }, () => scale * (2 * uniform() - 1)),
      labels: Int32Array.from({ length: n }, () => below(classes)),
      members: Uint8Array.from({ length: n }, (_, i) => i % 2),
    };
    const found = outputQuantities(signals);
    const expected = {
      scaledLogit: scaledLogit(signals),
      entropy: outputScores.entropy.score(signals).map((score) => -score),
      modifiedEntropy: outputScores['modified-entropy'].score(signals).map((score) => -score),
    };
    for (const name of ['scaledLogit', 'entropy', 'modifiedEntropy'] as const) {
      expected[name].forEach((value, i) => {
        // Two classes that share p have a scaled logit near 0, where only the absolute error is small.
        const scaleOfError = name === 'scaledLogit' ? Math.max(1, Math.abs(value)) : Math.abs(value) + 1e-300;
        expect(Math.abs(found[name][i] - value) / scaleOfError).toBeLessThan(1e-13);
      });
    }
  });
});
