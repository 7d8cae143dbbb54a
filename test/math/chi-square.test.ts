import { describe, expect, it } from 'vitest';
import { chiSquareUpperTail } from '../../src/platform/math/distributions';
import { relativeError } from '../relative-error';
import { statisticsFixtures } from '../fixtures/metrics/statistics';

describe('upper tail of the chi-square distribution', () => {
  it('is scipy’s, also far out and with many degrees of freedom', () => {
    for (const [x, df, tail] of statisticsFixtures.chiSquare.tails) {
      expect(relativeError(chiSquareUpperTail(x, df), tail)).toBeLessThan(1e-10);
    }
  });

  it('refuses what is no statistic', () => {
    expect(() => chiSquareUpperTail(-1, 1)).toThrow('the chi-square statistic is -1');
    expect(() => chiSquareUpperTail(1, 0)).toThrow('the degrees of freedom is 0');
  });
});
