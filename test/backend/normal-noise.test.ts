import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/backend/backend';
import { normalNoise } from '../../src/backend/normal-noise';
import { normalCdf } from '../../src/math/distributions';
import { randomStream } from '../../src/math/random';

const stream = (step: number) => randomStream({ seed: 1, role: 'target', purpose: 'noise', step });

describe('normal noise in tensors', () => {
  it.each(['the opened backend', 'cpu'])(
    'has shapes, deviation and distribution asked for: %s',
    async (name) => {
      const { tf } = await openBackend();
      const opened = tf.getBackend();
      if (name === 'cpu') await tf.setBackend('cpu');
      const before = tf.memory().numTensors;
      const noise = normalNoise(tf, [[700, 300], [1], [2, 3, 4, 5], [99_999]], 0.25, stream(1));
      expect(noise.map(({ shape }) => shape)).toEqual([[700, 300], [1], [2, 3, 4, 5], [99_999]]);
      const values = noise.flatMap((tensor) => Array.from(tensor.dataSync())).sort((a, b) => a - b);
      tf.dispose(noise);
      expect(tf.memory().numTensors).toBe(before);
      await tf.setBackend(opened);
      const n = values.length;
      const worst = values.reduce(
        (most, z, i) => Math.max(most, Math.abs((i + 0.5) / n - normalCdf(z / 0.25))),
        0,
      );
      expect(worst * Math.sqrt(n)).toBeLessThan(2.47);
      expect(new Set(values).size).toBeGreaterThan(0.95 * n);
    },
  );

  it('has the same bits for the same stream only', async () => {
    const { tf } = await openBackend();
    const draw = (step: number): ArrayLike<number> => {
      const [noise] = normalNoise(tf, [[1000]], 1, stream(step));
      const values = noise.dataSync();
      noise.dispose();
      return values;
    };
    expect(draw(1)).toEqual(draw(1));
    const [a, b] = [Array.from(draw(1)), Array.from(draw(2))];
    expect(Math.abs(a.reduce((sum, z, i) => sum + z * b[i], 0))).toBeLessThan(5 * Math.sqrt(1000));
  });
});
