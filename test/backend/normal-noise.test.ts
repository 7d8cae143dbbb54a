import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { addNormalNoise } from '../../src/platform/backend/normal-noise';
import type { Tensor } from '../../src/platform/backend/tensor';
import { normalCdf } from '../../src/platform/math/distributions';
import { randomStream } from '../../src/platform/math/random';

const stream = (step: number) => randomStream({ seed: 1, role: 'target', purpose: 'noise', step });
const shapes = [[700, 300], [1], [2, 3, 4, 5], [99_999]];

/** Noise on top of 3s, as numbers in their order. */
async function noise(step: number, backend?: string): Promise<number[]> {
  const { tf } = await openBackend();
  const opened = tf.getBackend();
  if (backend !== undefined) await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const given: Tensor[] = shapes.map((shape) => tf.fill(shape, 3));
  const sums = addNormalNoise(tf, given, 0.25, stream(step));
  expect(sums.map(({ shape }) => shape)).toEqual(shapes);
  const values = sums.flatMap((tensor) => Array.from(tensor.dataSync(), (value) => value - 3));
  expect(given.every((tensor) => tensor.dataSync().every((value) => value === 3))).toBe(true);
  tf.dispose([given, sums]);
  expect(tf.memory().numTensors).toBe(before);
  await tf.setBackend(opened);
  return values;
}

describe('normal noise on tensors', () => {
  it('has the deviation and the distribution asked for', async () => {
    const sorted = (await noise(1)).sort((a, b) => a - b);
    const n = sorted.length;
    const worst = sorted.reduce(
      (most, z, i) => Math.max(most, Math.abs((i + 0.5) / n - normalCdf(z / 0.25))),
      0,
    );
    expect(worst * Math.sqrt(n)).toBeLessThan(2.47);
  });

  it('is the same for the same stream only, on every backend', async () => {
    const first = await noise(1);
    expect(await noise(1)).toEqual(first);
    expect(await noise(1, 'cpu')).toEqual(first);
    const other = await noise(2);
    const product = first.reduce((sum, z, i) => sum + z * other[i], 0) / 0.25 ** 2;
    expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(first.length));
  });
});
