import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  epsilonSpent,
  noiseMultiplierFor,
  type Accountant,
} from '../../../src/defenses/accountant/accountant';
import { privacyLoss } from '../../../src/defenses/accountant/privacy-loss';
import { renyiDelta } from '../../../src/defenses/accountant/renyi';

const accountants: readonly Accountant[] = ['pld', 'rdp'];

/** Settings of real trainings: any rate and noise for which the numeric accountant is quick. */
const settings = fc.record({
  sampleRate: fc.double({ min: 0.002, max: 1, noNaN: true }),
  noiseMultiplier: fc.double({ min: 0.5, max: 8, noNaN: true }),
  steps: fc.integer({ min: 1, max: 2000 }),
  delta: fc.double({ min: 1e-9, max: 1e-2, noNaN: true }),
  more: fc.double({ min: 1.01, max: 3, noNaN: true }),
});

describe.each(accountants)('privacy spent by %s', (accountant) => {
  const epsilon = (sampleRate: number, noiseMultiplier: number, steps: number, delta: number): number =>
    epsilonSpent({ sampleRate, noiseMultiplier, steps }, delta, accountant);

  it('grows with rate and steps, falls with noise and delta', () => {
    fc.assert(
      fc.property(settings, ({ sampleRate: q, noiseMultiplier: sigma, steps, delta, more }) => {
        const here = epsilon(q, sigma, steps, delta);
        // The grid of the numeric accountant differs between the two: its error is far below this.
        const least = here * (1 - 1e-4);
        expect(epsilon(Math.min(1, q * more), sigma, steps, delta)).toBeGreaterThanOrEqual(least);
        expect(epsilon(q, sigma, Math.ceil(steps * more), delta)).toBeGreaterThanOrEqual(least);
        expect(epsilon(q, sigma / more, steps, delta)).toBeGreaterThanOrEqual(least);
        expect(epsilon(q, sigma, steps, delta / more)).toBeGreaterThanOrEqual(least);
      }),
      { numRuns: 15, seed: 7 },
    );
  });

  it('gives back the noise that a target needs, rounded up', () => {
    for (const [sampleRate, steps, delta, target] of [
      [128 / 1252, 400, 1e-5, 8],
      [0.01, 1000, 1e-6, 0.5],
      [1, 1, 1e-5, 100],
    ]) {
      const sigma = noiseMultiplierFor({ epsilon: target, delta, sampleRate, steps }, accountant);
      expect(epsilon(sampleRate, sigma, steps, delta)).toBeLessThanOrEqual(target);
      expect(epsilon(sampleRate, sigma * (1 - 2e-4), steps, delta)).toBeGreaterThan(target);
    }
  });

  it('has one curve of epsilon and delta', () => {
    const spent = { sampleRate: 0.02, noiseMultiplier: 1, steps: 500 };
    const epsilon = epsilonSpent(spent, 1e-6, accountant);
    const delta = accountant === 'rdp' ? renyiDelta(spent, epsilon) : privacyLoss(spent).delta(epsilon);
    expect(delta / 1e-6).toBeCloseTo(1, 6);
  });

  it('tells which argument is wrong', () => {
    const target = { epsilon: 1, delta: 1e-5, sampleRate: 0.1, steps: 10 };
    const noise =
      (change: object): (() => number) =>
      () =>
        noiseMultiplierFor({ ...target, ...change }, accountant);
    expect(noise({ epsilon: 0 })).toThrow('target epsilon is 0, but must be above 0');
    expect(noise({ epsilon: Number.NaN })).toThrow('epsilon is NaN');
    expect(noise({ delta: 1 })).toThrow('delta is 1, but');
    expect(noise({ sampleRate: 1.5 })).toThrow('sample rate is 1.5');
    expect(noise({ steps: 0 })).toThrow('number of steps is 0');
    expect(() => epsilon(0.1, -1, 10, 1e-5)).toThrow('noise multiplier is -1');
  });
});

describe('both accountants', () => {
  it('the numeric one spends no more than Renyi accounting', () => {
    fc.assert(
      fc.property(settings, ({ delta, sampleRate, noiseMultiplier, steps }) => {
        const spent = { sampleRate, noiseMultiplier, steps };
        expect(epsilonSpent(spent, delta, 'pld')).toBeLessThanOrEqual(
          epsilonSpent(spent, delta, 'rdp') * (1 + 1e-9),
        );
      }),
      { numRuns: 25, seed: 11 },
    );
  });

  it('say when a target is out of reach, and how near it comes', () => {
    const target = { epsilon: 0.05, delta: 1e-5, sampleRate: 0.1, steps: 10 };
    expect(() => noiseMultiplierFor(target, 'rdp')).toThrow(
      /target epsilon is 0.05, but the accountant 'rdp' with orders up to 63 proves no less than 0.103 .* or the accountant 'pld'/,
    );
    expect(noiseMultiplierFor(target, 'pld')).toBeGreaterThan(1);
    expect(() =>
      noiseMultiplierFor({ ...target, epsilon: 1e-5, delta: 1e-12, sampleRate: 1, steps: 100 }),
    ).toThrow(/a noise multiplier of 1000000 still spends .* at delta 1e-12/);
  });
});
