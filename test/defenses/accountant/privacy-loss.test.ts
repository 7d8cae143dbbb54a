import { describe, expect, it } from 'vitest';
import { composeLosses } from '../../../src/defenses/accountant/compose';
import { deltaAt, epsilonAt, privacyLoss } from '../../../src/defenses/accountant/privacy-loss';
import { lossAt, stepLosses, type GridLosses } from '../../../src/defenses/accountant/step-losses';
import { normalCdf, logNormalCdf } from '../../../src/platform/math/distributions';
import { accountantFixtures as fixtures } from '../../fixtures/defenses/accountant';
import { relativeError } from '../../relative-error';

/** delta of the Gaussian mechanism without sampling, mu = sqrt(steps) / sigma (Balle and Wang 2018). */
function gaussianDelta(epsilon: number, mu: number): number {
  return normalCdf(mu / 2 - epsilon / mu) - Math.exp(epsilon + logNormalCdf(-mu / 2 - epsilon / mu));
}

describe('numeric privacy accounting', () => {
  it('agrees with dp-accounting and with Opacus to 0.1 %', () => {
    for (const { stretches, delta, pld, prv, pldDeltaAt } of fixtures.spent) {
      const loss = privacyLoss(stretches);
      expect(relativeError(loss.epsilon(delta), pld), JSON.stringify(stretches)).toBeLessThan(1e-3);
      if (prv !== undefined) expect(relativeError(loss.epsilon(delta), prv)).toBeLessThan(1e-3);
      expect(relativeError(loss.delta(pldDeltaAt[0]), pldDeltaAt[1])).toBeLessThan(1e-2);
    }
    expect(fixtures.spent.filter(({ prv }) => prv !== undefined)).toHaveLength(10);
  });

  it('is an upper bound close to the closed form where there is no sampling', () => {
    for (const [sigma, steps, delta] of [
      [1, 1, 1e-5],
      [2, 100, 1e-9],
      [0.3, 3, 1e-2],
      [10, 10_000, 1e-6],
      [0.01, 1, 1e-5],
      [100, 1, 1e-7],
    ]) {
      const epsilon = privacyLoss({ sampleRate: 1, noiseMultiplier: sigma, steps }).epsilon(delta);
      const mu = Math.sqrt(steps) / sigma;
      expect(gaussianDelta(epsilon, mu)).toBeLessThan(delta * (1 + 1e-9));
      expect(gaussianDelta(epsilon * (1 - 2e-4), mu)).toBeGreaterThan(delta);
    }
  });

  it('has one step of the closed form with sampling, from whichever side is worse', () => {
    // Removal at epsilon: q delta_Gauss(ln(1 + (e^epsilon - 1) / q)) (Balle et al. 2018, Theorem 2).
    for (const [q, sigma, epsilon] of [
      [0.01, 1, 0.5],
      [0.3, 0.7, 1],
      [0.9, 2, 0.1],
    ]) {
      const exact = q * gaussianDelta(Math.log1p(Math.expm1(epsilon) / q), 1 / sigma);
      const found = privacyLoss({ sampleRate: q, noiseMultiplier: sigma, steps: 1 }).delta(epsilon);
      expect(found).toBeGreaterThan(exact * (1 - 1e-9));
      expect(found).toBeLessThan(exact * (1 + 1e-5));
    }
  });

  it('composes stretches in any order and joins equal ones', () => {
    const a = { sampleRate: 0.01, noiseMultiplier: 1, steps: 300 };
    const b = { sampleRate: 0.05, noiseMultiplier: 2, steps: 100 };
    const both = privacyLoss([a, b]).epsilon(1e-5);
    expect(relativeError(privacyLoss([b, a]).epsilon(1e-5), both)).toBeLessThan(1e-9);
    const joined = privacyLoss({ ...a, steps: 600 }).epsilon(1e-5);
    expect(relativeError(privacyLoss([a, a]).epsilon(1e-5), joined)).toBeLessThan(1e-6);
  });

  it('gives the same bits each time', () => {
    const spent = fixtures.spent[0].stretches;
    expect(privacyLoss(spent).epsilon(1e-6)).toBe(privacyLoss(spent).epsilon(1e-6));
  });

  it('spends nothing in no steps and everything without noise', () => {
    const step = { sampleRate: 0.1, noiseMultiplier: 1, steps: 0 };
    expect(privacyLoss(step).epsilon(1e-5)).toBe(0);
    expect(privacyLoss(step).delta(0)).toBe(0);
    expect(privacyLoss({ ...step, noiseMultiplier: 0, steps: 1 }).epsilon(1e-5)).toBe(Infinity);
    expect(privacyLoss({ ...step, noiseMultiplier: 0, steps: 1 }).delta(100)).toBe(1);
    expect(privacyLoss({ ...step, noiseMultiplier: 1e5, steps: 1 }).epsilon(1e-5)).toBe(0);
  });

  it('refuses a delta that it cannot resolve', () => {
    const few = { sampleRate: 0.1, noiseMultiplier: 1, steps: 10 };
    expect(() => privacyLoss(few).epsilon(1e-13)).toThrow('delta is 1e-13, but must be at least 1.0e-12');
    expect(() => privacyLoss({ ...few, steps: 1e6 }).epsilon(1e-10)).toThrow("accountant 'rdp'");
  });
});

describe('losses on a grid', () => {
  it('keep the mass of both sides, in both directions', () => {
    for (const [q, sigma, width] of [
      [0.01, 1, 0.001],
      [0.6, 0.2, 0.5],
      [1, 3, 0.01],
    ]) {
      const { removal, addition } = stepLosses({ q, sigma }, width, -9 * sigma, 1 + 9 * sigma);
      for (const { mass, infinite } of [removal, addition]) {
        expect(mass.every((m) => m >= 0)).toBe(true);
        expect(mass.reduce((sum, m) => sum + m, infinite)).toBeCloseTo(1, 12);
      }
      // E[e^-loss] is the mass of the other side.
      const other = removal.mass.reduce((s, m, i) => s + m * Math.exp(-(removal.lowest + i) * width), 0);
      expect(other).toBeCloseTo(1, 9);
    }
  });

  it('rise with the place, from ln(1 - q)', () => {
    expect(lossAt({ q: 0.1, sigma: 0.5 }, -100)).toBeCloseTo(Math.log(0.9), 14);
    expect(lossAt({ q: 0.1, sigma: 0.5 }, 0.5)).toBe(0);
    expect(lossAt({ q: 0.1, sigma: 0.1 }, 50)).toBeCloseTo(4950 + Math.log(0.1), 8);
  });

  it('add up as a direct sum does', () => {
    const a: GridLosses = { width: 0.5, lowest: -1, mass: Float64Array.of(0.2, 0.3, 0.4), infinite: 0.1 };
    const total = composeLosses([{ step: a, steps: 2 }], { low: -1, high: 1 });
    const at = (j: number): number => total.mass[j - total.lowest];
    expect([-2, -1, 0, 1, 2].map(at).map((m) => Number(m.toFixed(12)))).toEqual([
      0.04, 0.12, 0.25, 0.24, 0.16,
    ]);
    expect(total.infinite).toBeCloseTo(0.19, 14);
  });

  it('have epsilon and delta that fit together, also between grid points and at the ends', () => {
    const losses: GridLosses = {
      width: 1,
      lowest: -1,
      mass: Float64Array.of(0.1, 0.2, 0.3, 0.39),
      infinite: 0.01,
    };
    expect(deltaAt(losses, 1.5)).toBeCloseTo(0.01 + 0.39 * (1 - Math.exp(-0.5)), 14);
    for (const epsilon of [0.2, 1, 1.5, 1.99])
      expect(epsilonAt(losses, deltaAt(losses, epsilon))).toBeCloseTo(epsilon, 12);
    expect(epsilonAt(losses, 0.01)).toBeCloseTo(2, 12);
    expect(epsilonAt(losses, 0.009)).toBe(Infinity);
    expect(epsilonAt(losses, 0.99)).toBe(0);
  });
});
