import { describe, expect, it } from 'vitest';
import { fastWords } from '../../src/platform/math/fast-normals';
import { randomStream } from '../../src/platform/math/random';

const open = (seed: number): ReturnType<typeof fastWords> =>
  fastWords(randomStream({ seed, role: 'evaluation', purpose: 'bootstrap' }));

describe('fast words', () => {
  it('are sfc32: the published step from the state of the stream', () => {
    const stream = randomStream({ seed: 5, role: 'evaluation', purpose: 'bootstrap' });
    const mask = (1n << 32n) - 1n;
    let [a, b, c, counter] = [stream.uint32(), stream.uint32(), stream.uint32(), 1].map(BigInt);
    const wanted: number[] = [];
    for (let i = 0; i < 40; i++) {
      const word = (a + b + counter) & mask;
      counter = (counter + 1n) & mask;
      a = b ^ (b >> 9n);
      b = (c + (c << 3n)) & mask;
      c = ((((c << 21n) | (c >> 11n)) & mask) + word) & mask;
      if (i >= 12) wanted.push(Number(word));
    }
    const out = new Uint32Array(28);
    const words = open(5);
    // Two calls continue each other.
    words.fill(out.subarray(0, 9));
    words.fill(out.subarray(9));
    expect([...out]).toEqual(wanted);
  });

  it('give indices that stay in range and hit each value equally often', () => {
    const out = new Uint32Array(70000);
    open(1).indices(out, 7);
    const counts = new Array<number>(7).fill(0);
    for (const index of out) counts[index]++;
    // Chi-square with 6 degrees of freedom: above 22.5 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 10000) ** 2 / 10000, 0)).toBeLessThan(22.5);
    open(1).indices(out, 1);
    expect(Math.max(...out)).toBe(0);
  });
});
