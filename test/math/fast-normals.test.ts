import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../src/platform/math/distributions';
import { fillFastNormals, fastWords } from '../../src/platform/math/fast-normals';
import { randomStream } from '../../src/platform/math/random';

const n = 2_000_000;

function numbers(seed: number, count = n): Float32Array {
  const out = new Float32Array(count);
  fillFastNormals(out, fastWords(randomStream({ seed, role: 'target', purpose: 'noise' })));
  return out;
}

describe('fast normal numbers', () => {
  const sample = numbers(1).sort();

  it('have the moments of the standard normal distribution, to 5 standard errors', () => {
    const moment = (k: number): number => sample.reduce((sum, z) => sum + z ** k, 0) / n;
    for (const [k, exact, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ]) {
      expect(Math.abs(moment(k) - exact)).toBeLessThan(5 * Math.sqrt(variance / n));
    }
  });

  it('have its distribution function (Kolmogorov and Smirnov, p = 1e-5)', () => {
    const worst = sample.reduce((most, z, i) => Math.max(most, Math.abs((i + 0.5) / n - normalCdf(z))), 0);
    expect(worst * Math.sqrt(n)).toBeLessThan(2.47);
  });

  it('have its tails, also beyond the lowest layer', () => {
    for (const cut of [2, 3, 3.7, 4.2]) {
      const expected = n * normalCdf(-cut);
      for (const count of [sample.filter((z) => z > cut).length, sample.filter((z) => z < -cut).length]) {
        expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected) + 1);
      }
    }
  });

  it('do not depend on each other', () => {
    const row = numbers(2, 500_000);
    for (const lag of [1, 2, 256]) {
      let product = 0;
      let squares = 0;
      for (let i = lag; i < row.length; i++) {
        product += row[i] * row[i - lag];
        squares += (row[i] ** 2 - 1) * (row[i - lag] ** 2 - 1);
      }
      expect(Math.abs(product)).toBeLessThan(5 * Math.sqrt(row.length));
      expect(Math.abs(squares)).toBeLessThan(10 * Math.sqrt(row.length));
    }
  });

  it('are the same for the same stream', () => {
    expect(numbers(3, 1001)).toEqual(numbers(3, 1001));
    expect(numbers(3, 10)).not.toEqual(numbers(4, 10));
  });
});
