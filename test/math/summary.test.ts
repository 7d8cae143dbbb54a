import { describe, expect, it } from 'vitest';
import {
  quantile,
  quantileOfSorted,
  compensatedSum,
  mean,
  populationVariance,
  sampleVariance,
} from '../../src/platform/math/quantile';
import { relativeError } from '../relative-error';
import { metricFixtures as fixtures } from '../fixtures/metrics/fixtures';

describe('quantile', () => {
  it('is numpy’s linear interpolation', () => {
    for (const [q, wanted] of fixtures.summary.quantiles) {
      expect(relativeError(quantile(fixtures.summary.values, q), wanted)).toBeLessThan(1e-14);
    }
  });

  it('by hand: a quarter of the way from 1 to 2, and the ends', () => {
    expect(quantile([3, 1, 2], 0.125)).toBe(1.25);
    expect(quantile([5], 0.3)).toBe(5);
    expect(quantile([3, 1, 2], 1)).toBe(3);
    expect(quantileOfSorted([-Infinity, -Infinity, 0], 0.25)).toBe(-Infinity);
  });

  it('leaves its input as it was', () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses NaN by its index, an empty array and q outside [0, 1]', () => {
    expect(() => quantile([1, NaN, 2], 0.5)).toThrow('values[1] is NaN');
    expect(() => quantile([], 0.5)).toThrow('needs at least one');
    expect(() => quantile([1], 1.5)).toThrow('q is 1.5');
  });
});

describe('sums', () => {
  it('mean and population variance are numpy’s', () => {
    expect(relativeError(mean(fixtures.summary.values), fixtures.summary.mean)).toBeLessThan(1e-14);
    expect(
      relativeError(populationVariance(fixtures.summary.values), fixtures.summary.variance),
    ).toBeLessThan(1e-13);
  });

  it('the variance survives a large offset, where sum of squares minus square of sum does not', () => {
    const { values, variance } = fixtures.summary.shifted;
    expect(populationVariance(values)).toBe(variance);
    expect(sampleVariance(values)).toBe((variance * 4) / 3);
  });

  it('a lost small term is found again', () => {
    expect(compensatedSum([1, 1e100, 1, -1e100])).toBe(2);
    expect(compensatedSum([1, Infinity])).toBe(Infinity);
  });

  it('refuses too few values', () => {
    expect(() => mean([])).toThrow('at least 1');
    expect(() => sampleVariance([1])).toThrow('at least 2');
  });
});
