import { describe, expect, it } from 'vitest';
import { philox4x32, randomStream, type StreamKey } from '../../src/platform/math/random';

describe('philox4x32', () => {
  // The known answers that Random123 publishes with the generator (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [Array(4).fill(0xffffffff), Array(2).fill(0xffffffff), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for counter %j and key %j', (counter, key, expected) => {
    const out = new Uint32Array(4);
    philox4x32(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
    expect([...out]).toEqual(expected);
  });
});

describe('randomStream', () => {
  const key: StreamKey = { seed: 1, role: 'target', purpose: 'order' };
  const start = (k: StreamKey): number[] => {
    const stream = randomStream(k);
    return Array.from({ length: 8 }, () => stream.uint32());
  };

  it('repeats itself at the same address', () => {
    expect(start(key)).toEqual(start({ ...key }));
  });

  it('differs in every part of the address: no two uses share a number', () => {
    const others: StreamKey[] = [
      { ...key, seed: 2 },
      { ...key, role: 'shadow' },
      { ...key, role: 'data' },
      { ...key, index: 1 },
      { ...key, purpose: 'weights' },
      { ...key, epoch: 1 },
      { ...key, step: 1 },
    ];
    const seen = new Set([key, ...others].flatMap((k) => start(k)));
    expect(seen.size).toBe(8 * (others.length + 1));
  });

  it('fills [0, 1) evenly (mean and variance of 1e5 draws within 5 standard errors)', () => {
    const stream = randomStream(key);
    const n = 1e5;
    let sum = 0;
    let squares = 0;
    let outside = 0;
    for (let i = 0; i < n; i++) {
      const x = stream.uniform();
      outside += x >= 0 && x < 1 ? 0 : 1;
      sum += x - 0.5;
      squares += (x - 0.5) ** 2;
    }
    expect(outside).toBe(0);
    expect(Math.abs(sum / n)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
  });

  it('draws every order of three records equally often', () => {
    const counts = new Map<string, number>();
    const draws = 6000;
    for (let step = 0; step < draws; step++) {
      const order = randomStream({ ...key, step })
        .permutation(3)
        .join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Chi-square with 5 degrees of freedom: 25.7 is its 99.99 % point.
    const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - draws / 6) ** 2 / (draws / 6), 0);
    expect(chiSquare).toBeLessThan(25.7);
  });

  it('below() stays inside its bound, also for bounds that do not divide 2^32', () => {
    const stream = randomStream(key);
    const bound = 3_000_000_000;
    const values = Array.from({ length: 1000 }, () => stream.below(bound));
    expect(values.every((v) => v >= 0 && v < bound)).toBe(true);
    // With modulo bias, values below 2^32 - bound would come twice as often (60 % instead of 43 %).
    const low = values.filter((v) => v < 2 ** 32 - bound).length / 1000;
    expect(low).toBeGreaterThan(0.36);
    expect(low).toBeLessThan(0.5);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 32])('refuses seed %s by value, rule and remedy', (seed) => {
    expect(() => randomStream({ ...key, seed })).toThrow(
      /seed is .* must be a whole number from 0 to 4294967295/,
    );
  });
});
