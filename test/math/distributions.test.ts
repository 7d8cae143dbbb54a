import { describe, expect, it } from 'vitest';
import {
  binomialCdf,
  binomialMass,
  betaQuantile,
  normalQuantile,
  tQuantile,
  tTwoSidedP,
} from '../../src/platform/math/distributions';
import { relativeError } from '../relative-error';
import { metricFixtures as fixtures } from '../fixtures/metrics/fixtures';

const { normal, t, beta, tTwoSided, binomialCdf: binomial } = fixtures.distributions;

describe('distributions agree with scipy', () => {
  it('normal quantiles', () => {
    for (const [p, z] of normal) expect(relativeError(normalQuantile(p), z)).toBeLessThan(1e-10);
  });

  it('t quantiles', () => {
    for (const [p, df, q] of t) expect(relativeError(tQuantile(p, df), q)).toBeLessThan(1e-9);
  });

  it('beta quantiles, also for long thin shapes', () => {
    for (const [p, a, b, q] of beta) expect(relativeError(betaQuantile(p, a, b), q)).toBeLessThan(1e-9);
  });

  it('two-sided p of t, with its digits where it is small', () => {
    for (const [value, df, p] of tTwoSided) {
      expect(relativeError(tTwoSidedP(value, df), p)).toBeLessThan(1e-10);
      expect(tTwoSidedP(-value, df)).toBe(tTwoSidedP(value, df));
    }
  });

  it('binomial distribution function', () => {
    for (const [k, n, p, q] of binomial) expect(relativeError(binomialCdf(k, n, p), q)).toBeLessThan(1e-10);
  });
});

describe('binomialMass', () => {
  it('sums to 1 and has the mean n p, from one trial to a million', () => {
    for (const [n, p] of [
      [1, 0.5],
      [10, 0.01],
      [1252, 0.999],
      [1_000_000, 0.3],
    ]) {
      const { first, probabilities } = binomialMass(n, p);
      const mean = probabilities.reduce((sum, chance, i) => sum + chance * (first + i), 0);
      expect(probabilities.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
      expect(relativeError(mean, n * p)).toBeLessThan(1e-11);
    }
  });

  it('is a single point at p = 0 and p = 1', () => {
    expect(binomialMass(7, 0)).toEqual({ first: 0, probabilities: Float64Array.of(1) });
    expect(binomialMass(7, 1)).toEqual({ first: 7, probabilities: Float64Array.of(1) });
  });
});
