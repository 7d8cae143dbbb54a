import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describe as factsOf } from '../../src/losses/describe';
import { loss } from '../../src/losses/registry';
import {
  gaussianAdvantage,
  necessaryVariance,
  totalVariationBound,
  varianceCounterexample,
} from '../../src/theory/advantage-bounds';
import { predictSettling, weightAtOne } from '../../src/theory/end-of-training';
import { focalEquilibrium } from '../../src/theory/focal-equilibrium';
import { convexConcaveBounds, gradientBounds } from '../../src/theory/gradient-bounds';
import { minimizerShift } from '../../src/theory/minimizer-shift';
import { mean, populationVariance } from '../../src/platform/math/quantile';
import { relativeError } from '../relative-error';
import { theoryFixtures as fixtures } from '../fixtures/theory/fixtures';
import { namedLoss } from './named-loss';
import { sampleTotalVariation, thresholdAdvantage } from './sample-distances';

describe('gradient bounds', () => {
  it('computed and closed form agree: [alpha, alpha + (1 - alpha) |f’(1)|]', () => {
    for (const alpha of [0, 0.3, 0.5, 1]) {
      for (const [whole, part, steepest] of [
        ['ccel', 'cel', Math.E],
        ['ccql', 'cql', 2],
      ] as const) {
        const closed = convexConcaveBounds(alpha, loss(part));
        expect(closed.high).toBeCloseTo(alpha + (1 - alpha) * steepest, 12);
        const found = gradientBounds(loss(whole, { alpha }));
        expect(found.low).toBeCloseTo(closed.low, 12);
        expect(found.high).toBeCloseTo(closed.high, 12);
      }
    }
  });

  it('focal’s weight peaks inside', () => {
    const { high, highAt } = gradientBounds(loss('focal', { gamma: 2 }));
    expect(highAt).toBeCloseTo(fixtures.thresholds.focalWeightPeak, 5);
    expect(high.toFixed(3)).toBe('1.225');
  });

  it('refuses alpha outside [0, 1] and a part that is not concave', () => {
    expect(() => convexConcaveBounds(1.2, loss('cel'))).toThrow('alpha is 1.2, but must be in [0, 1]');
    expect(() => convexConcaveBounds(0.5, loss('ce'))).toThrow(/the curvature of CE at p = /);
  });
});

describe('advantage from means and variances', () => {
  it('Gaussian advantage is mpmath’s error function', () => {
    for (const { gap, sigma, advantage } of fixtures.gaussian) {
      expect(Math.abs(gaussianAdvantage(gap, sigma) - advantage)).toBeLessThan(1e-15);
    }
  });

  it('the bound stays below the truth for Gaussians', () => {
    for (const gap of [0, 0.3, 1, 3, 8]) {
      expect(totalVariationBound(gap, 1, 1)).toBeLessThanOrEqual(gaussianAdvantage(gap, 1));
    }
  });

  it('the Cauchy-Schwarz bound is attained where all that is not shared lies equally far from the midpoint', () => {
    // Both have mass 1 - t at 0; the rest t is at -d for members and at +d for non-members: TV = t.
    const [t, d] = [0.3, 2];
    const variance = t * (1 - t) * d * d;
    expect(totalVariationBound(2 * t * d, variance, variance)).toBeCloseTo(t, 14);
  });

  it('holds for any two samples', () => {
    const losses = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(losses, losses, (a, b) => {
        const [members, nonMembers] = mean(a) <= mean(b) ? [a, b] : [b, a];
        const gap = mean(nonMembers) - mean(members);
        const [vm, vn] = [populationVariance(members), populationVariance(nonMembers)];
        const distance = sampleTotalVariation(members, nonMembers);
        expect(totalVariationBound(gap, vm, vn)).toBeLessThanOrEqual(distance + 1e-9);
        const { advantage } = thresholdAdvantage(members, nonMembers);
        expect(advantage).toBeLessThanOrEqual(distance + 1e-9);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it('the necessary variance inverts the bound', () => {
    expect(totalVariationBound(1.5, necessaryVariance(1.5, 0.2), 0)).toBeCloseTo(0.2, 14);
  });

  it('a large variance is not sufficient for privacy', () => {
    const found = varianceCounterexample();
    expect(found).toMatchObject({ nonMemberVariance: 1, advantage: 0.9, totalVariation: 1 });
    expect(found.memberVariance).toBeCloseTo(36, 12);
    // The same from samples: exponential quantiles against 90 zeros and 10 twenties.
    const members = Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 20));
    const nonMembers = Array.from({ length: 100 }, (_, i) => -Math.log(1 - (i + 0.5) / 100));
    expect(thresholdAdvantage(members, nonMembers)).toEqual({ advantage: 0.9, threshold: 0 });
    expect(sampleTotalVariation(members, nonMembers)).toBeCloseTo(1, 12);
  });

  it('bad input is named', () => {
    expect(() => totalVariationBound(-1, 1, 1)).toThrow('the gap of mean losses is -1');
    expect(() => gaussianAdvantage(1, 0)).toThrow('sigma is 0');
    expect(() => necessaryVariance(1, 0)).toThrow('epsilon is 0, but must be in (0, 1]');
    expect(() => varianceCounterexample(2)).toThrow('share is 2');
  });
});

describe('minimizer shift', () => {
  it('is that of an independent root finder', () => {
    for (const { loss: name, truth, minimizer } of fixtures.minimizers) {
      expect(Math.abs(minimizerShift(namedLoss(name), truth).minimizer - minimizer)).toBeLessThan(1e-10);
    }
  });

  it('has the printed digits, is symmetric, and CE is proper', () => {
    const at = (name: string, q: number): string => minimizerShift(namedLoss(name), q).minimizer.toFixed(3);
    expect(['ccel 0.5', 'ccel 0.2', 'ccql 0.5', 'ccql 0.2'].map((name) => at(name, 0.6))).toEqual([
      '0.742',
      '0.919',
      '0.705',
      '0.883',
    ]);
    expect(['ccel 0.5', 'ccel 0.2', 'ccql 0.5', 'ccql 0.2'].map((name) => at(name, 0.8))).toEqual([
      '0.925',
      '0.976',
      '0.909',
      '0.968',
    ]);
    const low = minimizerShift(namedLoss('ccel 0.5'), 0.2);
    expect(low.minimizer).toBeCloseTo(1 - minimizerShift(namedLoss('ccel 0.5'), 0.8).minimizer, 10);
    expect(low.overSharp).toBe(true);
    expect(minimizerShift(loss('ce'), 0.7).overSharp).toBe(false);
    expect(minimizerShift(loss('focal', { gamma: 2 }), 0.8).sharpening).toBeLessThan(1);
  });

  it('finds a minimum on the border, and refuses certainty', () => {
    expect(minimizerShift(loss('mae'), 0.7).minimizer).toBe(1);
    expect(minimizerShift(loss('mae'), 0.3).minimizer).toBe(0);
    expect(() => minimizerShift(loss('ce'), 1)).toThrow('the true conditional probability is 1');
  });
});

describe('focal + CEL as coded', () => {
  it('comes to rest where an independent root finder says, and `describe` too', () => {
    for (const { gamma, alpha, p } of fixtures.equilibria) {
      expect(Math.abs(focalEquilibrium(gamma, alpha).p - p)).toBeLessThan(1e-11);
      const [found] = factsOf(loss('focal-ccel-as-coded', { gamma, alpha })).equilibria;
      expect(Math.abs(found - p)).toBeLessThan(1e-9);
    }
  });

  it('has its limits', () => {
    expect(focalEquilibrium(2, 1).p).toBe(1);
    expect(focalEquilibrium(2, 0).p).toBe(0);
    expect(focalEquilibrium(0, 0.8).p).toBe(1);
    expect(() => focalEquilibrium(-1, 0.5)).toThrow('gamma is -1');
    expect(() => focalEquilibrium(2, 1.5)).toThrow('alpha is 1.5');
  });
});

describe('end of training', () => {
  const run = { loss: loss('ce'), weightDecay: 5e-4, meanLoss: 0.01, sd: 0.02 };
  const shape = { classes: 30, degree: 6 };

  it('near p = 1 the loss acts as w(1) CE', () => {
    expect(weightAtOne(loss('ccel', { alpha: 0.5 }))).toBeCloseTo(0.5 + 0.5 * Math.E, 12);
    expect(weightAtOne(loss('ccql', { alpha: 0.5 }))).toBeCloseTo(1.5, 12);
    expect(loss('ccel').weight(Math.exp(-1e-6)) / weightAtOne(loss('ccel'))).toBeCloseTo(1, 5);
    expect(() => predictSettling(loss('focal'), 5e-4, run, shape)).toThrow('at p = 1 is 0');
  });

  it('gives the calibration run back, and the balance of pull and decay elsewhere', () => {
    expect(predictSettling(loss('ce'), 5e-4, run, shape).meanLoss).toBeCloseTo(0.01, 12);
    const { meanLoss, sd, leadingOrder } = predictSettling(loss('ccel'), 5e-3, run, shape);
    const pull = (w: number, u: number): number => {
      const margin = -Math.log(Math.expm1(u)) + Math.log(29);
      return w * -Math.expm1(-u) * margin ** (1 - 2 / 6);
    };
    const w = loss('ccel').weight(Math.exp(-meanLoss!));
    expect(relativeError(pull(w, meanLoss!), 10 * pull(1, 0.01))).toBeLessThan(1e-9);
    expect(relativeError(sd! / meanLoss!, 2)).toBeLessThan(1e-12);
    expect(relativeError(leadingOrder, 0.1 / weightAtOne(loss('ccel')))).toBeLessThan(1e-12);
  });

  it('has no fixed point without decay, or where the decay wins', () => {
    expect(predictSettling(loss('ce'), 0, run, shape).meanLoss).toBeNull();
    expect(predictSettling(loss('ce'), 10, run, shape)).toMatchObject({ meanLoss: null, sd: null });
  });

  it('names bad input', () => {
    expect(() => predictSettling(loss('ce'), -1, run, shape)).toThrow('weightDecay is -1');
    expect(() => predictSettling(loss('ce'), 1, { ...run, meanLoss: 3.5 }, shape)).toThrow(
      'must be below ln 30',
    );
    expect(() => predictSettling(loss('ce'), 1, run, { classes: 1, degree: 6 })).toThrow('classes is 1');
  });
});
