import { describe, expect, it } from 'vitest';
import {
  defaultOrders,
  renyiDelta,
  renyiDivergence,
  renyiEpsilon,
} from '../../../src/defenses/accountant/renyi';
import { accountantFixtures as fixtures } from '../../fixtures/defenses/accountant';
import { relativeError } from '../../relative-error';

describe('Renyi divergence of a sampled Gaussian step', () => {
  it('is that of Opacus at all its orders', () => {
    expect(defaultOrders).toEqual(fixtures.orders);
    for (const { sampleRate, noiseMultiplier, opacus } of fixtures.divergences) {
      defaultOrders.forEach((order, i) => {
        const found = renyiDivergence(sampleRate, noiseMultiplier, order);
        expect(relativeError(found, opacus[i]), `${sampleRate} ${noiseMultiplier} ${order}`).toBeLessThan(
          1e-6,
        );
      });
    }
  });

  it('is that of dp-accounting at whole orders', () => {
    for (const { sampleRate, noiseMultiplier, wholeOrders, dpAccounting } of fixtures.divergences) {
      wholeOrders.forEach((order, i) => {
        const found = renyiDivergence(sampleRate, noiseMultiplier, order);
        expect(relativeError(found, dpAccounting[i])).toBeLessThan(1e-6);
      });
    }
  });

  it('is the integral of its definition, to 30 digits', () => {
    for (const { sampleRate, noiseMultiplier, quadrature } of fixtures.divergences) {
      for (const [order, exact] of quadrature) {
        const found = renyiDivergence(sampleRate, noiseMultiplier, order);
        expect(relativeError(found, exact), `${sampleRate} ${noiseMultiplier} ${order}`).toBeLessThan(1e-8);
      }
    }
  });

  it('keeps its digits at whole orders where it is tiny', () => {
    for (const [q, sigma, order, exact] of fixtures.tiny) {
      expect(exact).toBeLessThan(1e-10);
      expect(relativeError(renyiDivergence(q, sigma, order), exact)).toBeLessThan(1e-12);
    }
  });

  it('is a / (2 sigma^2) without sampling, infinite without noise, finite at the smallest noise of the papers', () => {
    expect(renyiDivergence(1, 2, 3.5)).toBeCloseTo(3.5 / 8, 14);
    expect(renyiDivergence(0.5, 0, 2)).toBe(Infinity);
    // Without sampling a bound for all rates.
    for (const order of [1.1, 2, 10.5]) {
      const found = renyiDivergence(0.1, 1e-4, order);
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThan(order / 2e-8);
    }
  });

  it('tells which argument is wrong', () => {
    expect(() => renyiDivergence(0.1, 1, 1)).toThrow('order is 1, but must be above 1');
    expect(() => renyiDivergence(0, 1, 2)).toThrow('sample rate is 0, but must be above 0 and at most 1');
    expect(() => renyiDivergence(0.1, Number.NaN, 2)).toThrow('noise multiplier is NaN');
  });
});

describe('epsilon from Renyi divergences', () => {
  it('is that of Opacus, at the same order', () => {
    for (const { stretches, delta, rdp, order } of fixtures.spent) {
      const found = renyiEpsilon(stretches, delta);
      expect(relativeError(found.epsilon, rdp)).toBeLessThan(1e-6);
      expect(found.order).toBe(order);
    }
  });

  it('has the delta it came from', () => {
    for (const { stretches, delta } of fixtures.spent) {
      const { epsilon } = renyiEpsilon(stretches, delta);
      expect(relativeError(renyiDelta(stretches, epsilon), delta)).toBeLessThan(1e-9);
    }
  });

  it('is 0 before the first step and never below', () => {
    const step = { sampleRate: 0.1, noiseMultiplier: 1, steps: 0 };
    expect(renyiEpsilon(step, 1e-5).epsilon).toBe(0);
    expect(renyiDelta(step, 0)).toBe(0);
    expect(renyiEpsilon({ sampleRate: 1e-6, noiseMultiplier: 100, steps: 1 }, 0.9).epsilon).toBe(0);
    expect(renyiDelta({ sampleRate: 1, noiseMultiplier: 0.01, steps: 1 }, 0)).toBe(1);
  });

  it('tells which argument is wrong', () => {
    const step = { sampleRate: 0.1, noiseMultiplier: 1, steps: 10 };
    expect(() => renyiEpsilon(step, 0)).toThrow('delta is 0, but must be above 0 and below 1');
    expect(() => renyiEpsilon({ ...step, steps: 1.5 }, 1e-5)).toThrow('number of steps is 1.5');
    expect(() => renyiEpsilon(step, 1e-5, [])).toThrow('at least one order');
    expect(() => renyiDelta(step, -1)).toThrow('epsilon is -1');
  });
});
