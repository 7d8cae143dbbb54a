import { describe, expect, it } from 'vitest';
import {
  betaStart,
  expectation,
  meanAndVariance,
  sampleStart,
  truncatedNormalStart,
} from '../../src/theory/start-distribution';
import { atLoss, atScaledLogit } from '../../src/theory/confidence';
import { relativeError } from '../relative-error';
import { theoryFixtures as fixtures } from '../fixtures/theory/fixtures';

describe('coordinates of the confidence axis', () => {
  it('agree with each other far into both ends', () => {
    for (const phi of [-600, -40, -1, 0, 1e-3, 2, 37, 300]) {
      const at = atScaledLogit(phi);
      const back = atLoss(at.u);
      expect(relativeError(back.phi, phi)).toBeLessThan(1e-12);
      expect(relativeError(back.q, at.q)).toBeLessThan(1e-12);
      expect(at.p + at.q).toBeCloseTo(1, 15);
    }
  });
});

describe('start distributions', () => {
  it('Beta has the moments of its closed forms, also with singular densities', () => {
    for (const [a, b] of [
      [40, 10],
      [8, 2],
      [1, 1],
      [0.5, 0.5],
      [0.2, 3],
      [1e5, 2e5],
    ]) {
      const start = betaStart(a, b);
      const p = start.phi.map((phi) => atScaledLogit(phi).p);
      const { mean, variance } = meanAndVariance(start, p);
      expect(relativeError(mean.value, a / (a + b))).toBeLessThan(1e-12);
      expect(relativeError(variance.value, (a * b) / ((a + b) ** 2 * (a + b + 1)))).toBeLessThan(1e-10);
      expect(Math.abs(mean.value - a / (a + b))).toBeLessThanOrEqual(mean.error + 1e-13);
    }
  });

  it('mean and variance of u under Beta(40, 10) are differences of digamma and trigamma', () => {
    const start = betaStart(40, 10);
    const { mean, variance } = meanAndVariance(
      start,
      start.phi.map((phi) => atScaledLogit(phi).u),
    );
    expect(relativeError(mean.value, fixtures.meanLossBeta40And10)).toBeLessThan(1e-13);
    expect(relativeError(variance.value, fixtures.lossVarianceBeta40And10)).toBeLessThan(1e-12);
  });

  it('the truncated normal is that of an independent quadrature', () => {
    const start = truncatedNormalStart(2.3, 0.6);
    const mean = expectation(start, ({ u }) => u).value;
    expect(relativeError(mean, fixtures.start.mean)).toBeLessThan(1e-12);
    const variance = expectation(start, ({ u }) => (u - mean) ** 2).value;
    expect(relativeError(variance, fixtures.start.variance)).toBeLessThan(1e-9);
  });

  it('a half normal, all of whose cut mass is at u = 0, has mean sd sqrt(2 / pi)', () => {
    const mean = expectation(truncatedNormalStart(0, 0.05), ({ u }) => u).value;
    expect(relativeError(mean, 0.05 * Math.sqrt(2 / Math.PI))).toBeLessThan(1e-12);
  });

  it('a sample is taken as it is', () => {
    const start = sampleStart([0.1, 2, 0.5, 1e-300]);
    expect(relativeError(expectation(start, ({ u }) => u).value, 0.65)).toBeLessThan(1e-14);
    expect(start.support[0]).toBeCloseTo(Math.exp(-2), 14);
  });

  it('refuses mass outside p in (0, 1) and says which value, which range, what to do', () => {
    expect(() => sampleStart([0.3, 0])).toThrow(/losses\[1\] is 0, but must be in \(0, 700\].*float64/);
    expect(() => sampleStart([-0.1])).toThrow('losses[0] is -0.1');
    expect(() => sampleStart([Infinity])).toThrow('losses[0] is Infinity');
    expect(() => sampleStart([NaN])).toThrow('losses[0] is NaN');
    expect(() => sampleStart([])).toThrow('the number of losses is 0');
    expect(() => betaStart(0, 1)).toThrow(/a of Beta\(a, b\) is 0, but must be in \[0.2, 1e6\]/);
    expect(() => betaStart(1, NaN)).toThrow('b of Beta(a, b) is NaN');
    expect(() => truncatedNormalStart(-100, 1)).toThrow(/is -100, but must be in \[-10 sd, 400\]/);
    expect(() => truncatedNormalStart(1, 0)).toThrow('sd of the truncated normal is 0');
  });

  it('says so when an expectation does not exist', () => {
    expect(() => expectation(betaStart(1, 1), ({ p }) => 1 / p ** 2)).toThrow('does not exist');
  });
});
