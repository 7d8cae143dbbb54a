import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describe as factsOf } from '../../src/losses/describe';
import { loss } from '../../src/losses/registry';
import { lossOfScaledLogit } from '../../src/platform/math/log-space';
import { atScaledLogit } from '../../src/theory/confidence';
import { convexOrder, stopLossTransform } from '../../src/theory/convex-order';
import { concaveAbove, cumulantForm, jensenGap, varianceCoefficient } from '../../src/theory/jensen-gap';
import { dominancePrecondition, matchedMean } from '../../src/theory/matched-mean';
import { probabilityStep, varianceRates } from '../../src/theory/one-step';
import {
  betaStart,
  meanAndVariance,
  sampleStart,
  truncatedNormalStart,
} from '../../src/theory/start-distribution';
import {
  decisionMap,
  growthIntervals,
  growthThreshold,
  spreadGrowth,
} from '../../src/theory/variance-growth';
import { theoryFixtures as fixtures } from '../fixtures/theory/fixtures';
import { relativeError } from '../relative-error';
import { namedLoss } from './named-loss';

const sample = fc.array(fc.double({ min: 0.01, max: 6, noNaN: true }), { minLength: 2, maxLength: 12 });
const alpha = fc.double({ min: 0, max: 1, noNaN: true });
const family = fc.constantFrom('ccel' as const, 'ccql' as const);

describe('Jensen gap', () => {
  it('is mpmath’s quadrature', () => {
    for (const { loss: name, a, b, gap } of fixtures.jensen) {
      expect(Math.abs(jensenGap(namedLoss(name), betaStart(a, b)).gap.value - gap)).toBeLessThan(1e-13);
    }
  });

  it('has the sign and size of the derivation for Beta(8, 2)', () => {
    const wanted = { ce: 0.01296, cel: -0.01572, cql: -0.00727, 'ccel 0.5': -0.00138, 'ccql 0.5': 0.00285 };
    for (const [name, gap] of Object.entries(wanted)) {
      expect(Math.abs(jensenGap(namedLoss(name), betaStart(8, 2)).gap.value - gap)).toBeLessThan(1.5e-5);
    }
  });

  it('lies between its Lagrange bounds, and above the one from the loss variance', () => {
    fc.assert(
      fc.property(sample, alpha, family, (losses, share, name) => {
        const found = jensenGap(loss(name, { alpha: share }), sampleStart(losses));
        const slack = 1e-12 * (1 + Math.abs(found.bounds.high));
        expect(found.gap.value).toBeGreaterThanOrEqual(found.bounds.low - slack);
        expect(found.gap.value).toBeLessThanOrEqual(found.bounds.high + slack);
        if (found.fromLossVariance !== null) {
          expect(found.gap.value).toBeGreaterThanOrEqual(found.fromLossVariance - slack);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('the bounds are attained by a loss of constant curvature', () => {
    const { gap, bounds, secondOrder } = jensenGap(loss('cql'), sampleStart([0.2, 1, 2]));
    expect(gap.value).toBeCloseTo(bounds.low, 14);
    expect(gap.value).toBeCloseTo(bounds.high, 14);
    expect(gap.value).toBeCloseTo(secondOrder, 14);
  });

  it('an unbounded curvature gives an infinite upper bound, not a large number', () => {
    const found = jensenGap(loss('ce'), betaStart(8, 2));
    expect(found.bounds.high).toBe(Infinity);
    expect(found.curvature.min).toBeCloseTo(1, 12);
    expect(found.fromLossVariance).toBe(0);
  });

  it('coefficients are those of the closed forms and change sign at p*', () => {
    for (const mu of [0.2, 0.6, 0.9]) {
      expect(varianceCoefficient(loss('ccel', { alpha: 0.5 }), mu)).toBeCloseTo(
        (0.5 / mu ** 2 - 0.5 * Math.exp(mu)) / 2,
        12,
      );
      expect(varianceCoefficient(loss('ccql', { alpha: 0.3 }), mu)).toBeCloseTo(
        (0.3 / mu ** 2 - 0.7) / 2,
        12,
      );
    }
    for (const [share, p] of Object.entries(fixtures.thresholds.ccelConcaveAbove)) {
      expect(Math.abs(concaveAbove(loss('ccel', { alpha: +share }))! - p)).toBeLessThan(1e-9);
    }
    expect(concaveAbove(loss('ccql', { alpha: 0.3 }))).toBeCloseTo(Math.sqrt(3 / 7), 9);
    expect(concaveAbove(loss('ccql', { alpha: 0.5 }))).toBeNull();
    // Concave everywhere is not the same answer as concave nowhere.
    expect(concaveAbove(loss('cel'))).toBe(0);
    expect(concaveAbove(loss('ce'))).toBeNull();
    expect(() => varianceCoefficient(loss('ce'), 0)).toThrow(
      'the mean confidence is 0, but must be in (0, 1]',
    );
  });

  it('to second order in cumulants is half the variance of u', () => {
    const form = cumulantForm(betaStart(40, 10));
    expect(form.secondOrder).toBeCloseTo(fixtures.lossVarianceBeta40And10 / 2, 12);
    expect(form.gap.value).toBeCloseTo(fixtures.meanLossBeta40And10 + Math.log(0.8), 12);
    expect(Math.abs(form.thirdOrder - form.gap.value)).toBeLessThan(
      Math.abs(form.secondOrder - form.gap.value) / 5,
    );
  });
});

describe('one step', () => {
  it('Var(p) after a step is mpmath’s', () => {
    for (const { loss: name, a, b, eta, after } of fixtures.steps) {
      expect(
        relativeError(probabilityStep(namedLoss(name), betaStart(a, b), eta).after.value, after),
      ).toBeLessThan(1e-10);
    }
  });

  it('rates of the three variances are mpmath’s', () => {
    for (const { loss: name, a, b, space, ...wanted } of fixtures.rates) {
      const found = varianceRates(namedLoss(name), betaStart(a, b), space);
      expect(relativeError(found.probability.value, wanted.probability)).toBeLessThan(1e-10);
      expect(relativeError(found.ownLoss.value, wanted.ownLoss)).toBeLessThan(1e-10);
      expect(relativeError(found.crossEntropy.value, wanted.crossEntropy)).toBeLessThan(1e-10);
    }
  });

  it('under concave CEL, Var(p) and the own variance grow while that of the CE loss falls', () => {
    const rates = varianceRates(loss('cel'), betaStart(5, 3), 'probability');
    expect(rates.probability.value).toBeGreaterThan(0);
    expect(rates.ownLoss.value).toBeGreaterThan(0);
    expect(rates.crossEntropy.value).toBeLessThan(0);
  });

  it('Var(p) never falls under a concave loss, and not beyond the largest shrinking step under a convex one', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 1e-4, max: 1, noNaN: true }), (losses, eta) => {
        const start = sampleStart(losses);
        const concave = probabilityStep(loss('cel'), start, eta);
        expect(concave.after.value).toBeGreaterThanOrEqual(concave.before.value - 1e-15);
        const limit = probabilityStep(loss('ce'), start, 0).largestShrinkingStep;
        if (Number.isFinite(limit)) {
          const { before, after } = probabilityStep(loss('ce'), start, limit * 0.999);
          expect(after.value).toBeLessThanOrEqual(before.value * (1 + 1e-9) + 1e-15);
        }
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('a small step on the logits changes Var(u) at the rate of the flow', () => {
    const start = betaStart(4, 6);
    const eta = 1e-5;
    const ccel = loss('ccel', { alpha: 0.3 });
    const varianceAfter = (step: number): number =>
      meanAndVariance(
        start,
        start.phi.map((phi) => {
          const at = atScaledLogit(phi);
          return lossOfScaledLogit(phi + step * (1 + 1 / 9) * ccel.weightAt(at) * at.q);
        }),
      ).variance.value;
    const rate = varianceRates(ccel, start, 'logit', 10).crossEntropy.value;
    expect(relativeError((varianceAfter(eta) - varianceAfter(0)) / eta, rate)).toBeLessThan(1e-3);
    expect(() => probabilityStep(loss('ce'), start, -1)).toThrow('eta is -1');
  });
});

describe('where the variance can grow', () => {
  it('CEL below sqrt 2 - 1, CQL below 0.390, to 1e-9', () => {
    const [cel] = growthIntervals(loss('cel'));
    expect(cel.from).toBe(0);
    expect(Math.abs(cel.to - (Math.SQRT2 - 1))).toBeLessThan(1e-9);
    const [cql] = growthIntervals(loss('cql'));
    expect(Math.abs(cql.to - fixtures.thresholds.cqlGrowth)).toBeLessThan(1e-9);
    expect(cql.to.toFixed(3)).toBe('0.390');
  });

  it('CCEL and CCQL only for alpha < 1/3, to 1e-9', () => {
    for (const name of ['ccel', 'ccql'] as const) {
      const threshold = growthThreshold((share) => loss(name, { alpha: share }));
      expect(Math.abs(threshold - 1 / 3)).toBeLessThan(1e-9);
      expect(growthIntervals(loss(name, { alpha: 0.34 }))).toEqual([]);
      expect(growthIntervals(loss(name, { alpha: 0.32 })).length).toBe(1);
    }
  });

  it('convexity of the family begins at e / (1 + e) and at 1/2', () => {
    expect(factsOf(loss('ccel')).alphaForConvexInP!.alpha).toBeCloseTo(0.7310585786, 9);
    expect(factsOf(loss('ccql')).alphaForConvexInP!.alpha).toBeCloseTo(0.5, 9);
  });

  it('the map agrees with the thresholds', () => {
    const map = decisionMap((share) => loss('ccel', { alpha: share }), [0, 0.2, 0.5, 0.8], [0.05, 0.6, 0.9]);
    expect(Array.from(map.curvature)).toEqual([-1, -1, -1, 1, -1, -1, 1, 1, -1, 1, 1, 1]);
    expect(Array.from(map.growth)).toEqual([1, -1, -1, 1, -1, -1, -1, -1, -1, -1, -1, -1]);
    expect(() => decisionMap((share) => loss('ccel', { alpha: share }), [1.5])).toThrow(
      'alphas[0] is 1.5, but must be in [0, 1]',
    );
    expect(() => spreadGrowth(loss('ce'), 2)).toThrow('p is 2');
  });
});

describe('matched-mean dominance', () => {
  it('covers CCEL and CCQL against CE, and less alpha against more', () => {
    for (const share of [0, 0.2, 0.5, 0.9, 1]) {
      expect(dominancePrecondition(loss('ccel', { alpha: share }), loss('ce')).holds).toBe(true);
      expect(dominancePrecondition(loss('ccql', { alpha: share }), loss('ce')).holds).toBe(true);
    }
    expect(dominancePrecondition(loss('ccel', { alpha: 0.3 }), loss('ccel', { alpha: 0.7 })).holds).toBe(
      true,
    );
    expect(dominancePrecondition(loss('ce'), loss('ccel')).holds).toBe(false);
  });

  it('does not cover focal against CE, in either direction, and says where', () => {
    const peak = fixtures.thresholds.focalWeightPeak;
    const forth = dominancePrecondition(loss('focal', { gamma: 2 }), loss('ce'));
    expect(forth.holds).toBe(false);
    expect(forth.violations.length).toBe(1);
    expect(Math.abs(forth.violations[0].from - peak)).toBeLessThan(1e-9);
    expect(forth.reason).toContain('falls with p from 0.1041');
    const back = dominancePrecondition(loss('ce'), loss('focal', { gamma: 2 }));
    expect(back.holds).toBe(false);
    expect(Math.abs(back.violations[0].to - peak)).toBeLessThan(1e-9);
  });

  it('does not cover a loss whose weight turns negative', () => {
    const found = dominancePrecondition(loss('focal-ccel-as-coded'), loss('ce'));
    expect(found.holds).toBe(false);
    expect(found.reason).toContain('not positive from p = 0.4481');
  });

  it('the variances and the convex order are as the theorem says', () => {
    const start = truncatedNormalStart(2.3, 0.6);
    const { precondition, points } = matchedMean(loss('ccel', { alpha: 0.5 }), loss('ce'), start, [1, 0.2]);
    expect(precondition.holds).toBe(true);
    for (const { varianceRatio, order } of points) {
      expect(varianceRatio).toBeGreaterThan(1);
      expect(order.dominates).toBe(true);
      expect(Math.abs(order.meanDifference)).toBeLessThan(1e-9);
    }
    const [reversed] = matchedMean(loss('ce'), loss('ccel', { alpha: 0.5 }), start, [0.5]).points;
    expect(reversed.order.dominates).toBe(false);
  });

  it('holds for any sample and any pair of alphas, in both spaces', () => {
    fc.assert(
      fc.property(sample, alpha, alpha, fc.boolean(), (losses, one, other, logit) => {
        const start = sampleStart(losses);
        const mean = (0.4 * losses.reduce((a, b) => a + b, 0)) / losses.length;
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const { points } = matchedMean(
          loss('ccql', { alpha: low }),
          loss('ccql', { alpha: high }),
          start,
          [mean],
          {
            space: logit ? 'logit' : 'probability',
          },
        );
        const { wide, narrow } = points[0];
        expect(wide.variance.value).toBeGreaterThanOrEqual(narrow.variance.value * (1 - 1e-6) - 1e-15);
        expect(points[0].order.dominates).toBe(true);
      }),
      { numRuns: 25, seed: 3 },
    );
  });
});

describe('convex order', () => {
  it('sees a mean-preserving spread, and a pair without order', () => {
    expect(convexOrder([0, 4], [1, 3]).dominates).toBe(true);
    expect(convexOrder([1, 3], [0, 4])).toMatchObject({ dominates: false, largestDeficit: 0.5 });
    // Variances 2 and 1.5 at equal means, but the second has the longer upper tail.
    const wide = convexOrder([0, 0, 3, 3], [1, 1, 0.5, 3.5]);
    expect(wide.meanDifference).toBe(0);
    expect(wide.dominates).toBe(false);
    expect(wide.at).toBe(3);
  });

  it('the stop-loss transform is the mean excess', () => {
    const transform = stopLossTransform([3, 1, 2], [0.5, 0.25, 0.25]);
    expect([-1, 1, 1.5, 2.5, 3].map(transform)).toEqual([3.25, 1.25, 0.875, 0.25, 0]);
    expect(() => convexOrder([1], [1, 2])).toThrow('the number of values of Y is 2');
  });
});
