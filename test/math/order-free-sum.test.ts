import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderFreeSum } from '../../src/platform/math/order-free-sum';
import { randomStream } from '../../src/platform/math/random';

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), {
  minLength: 1,
  maxLength: 40,
});

describe('sums free of order', () => {
  it('gives the same bits in every order', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 1e6 }), (numbers, seed) => {
        const order = randomStream({ seed, role: 'evaluation', purpose: 'permutation' }).permutation(
          numbers.length,
        );
        const shuffled = Array.from(order, (from) => numbers[from]);
        expect(orderFreeSum(shuffled)).toBe(orderFreeSum(numbers));
      }),
    );
  });

  it('is as near to the exact sum as a float can be', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }), { minLength: 1 }), (whole) => {
        const exact = Number(whole.reduce((sum, value) => sum + value, 0n));
        expect(Math.abs(orderFreeSum(whole.map(Number)) - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * Number.EPSILON,
        );
      }),
    );
  });

  it('keeps small numbers beside large ones', () => {
    expect(orderFreeSum([1, 2 ** -70, -1])).toBe(2 ** -70);
    expect(orderFreeSum([])).toBe(0);
    expect(orderFreeSum([0, 0, 0, 0])).toBe(0);
    expect(orderFreeSum([1, Infinity, 2])).toBe(Infinity);
    expect(orderFreeSum([1, NaN, 2])).toBe(NaN);
    expect(orderFreeSum([5e-324, 5e-324, 5e-324])).toBe(1.5e-323);
  });
});
