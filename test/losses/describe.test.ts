import fc from 'fast-check';
import { describe as group, expect, it } from 'vitest';
import { describe, equilibriumConfidences } from '../../src/losses/describe';
import { scanPoints, scanSigns } from '../../src/losses/scan';
import { loss } from '../../src/losses/registry';

const within = (found: number | undefined, right: number, tolerance = 1e-9): void =>
  expect(Math.abs(found! - right)).toBeLessThanOrEqual(tolerance);

/** Root of an increasing function on [0, 1], by its own bisection. */
function root(f: (x: number) => number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return low;
}

group('the alphas of convexity', () => {
  it('CCEL: in p from e / (1 + e) = 0.7310586 on, in the logit from 0.5 on', () => {
    const facts = describe(loss('ccel'));
    within(facts.alphaForConvexInP?.alpha, Math.E / (1 + Math.E));
    within(facts.alphaForConvexInP?.alpha, 0.7310586, 5e-8);
    within(facts.alphaForConvexInLogit?.alpha, 0.5);
    expect(facts.alphaForConvexInP?.side).toBe('at least');
  });

  it('CCQL: 0.5 in both', () => {
    const facts = describe(loss('ccql', { alpha: 0.9 }));
    within(facts.alphaForConvexInP?.alpha, 0.5);
    within(facts.alphaForConvexInLogit?.alpha, 0.5);
  });

  it('exponent scale s: s^2 e^s / (1 + s^2 e^s); Taylor of order 3: 2/3; general form as CCEL', () => {
    const strength = 4 * Math.exp(2);
    within(describe(loss('ccl-exp')).alphaForConvexInP?.alpha, strength / (1 + strength));
    within(describe(loss('ccl-taylor')).alphaForConvexInP?.alpha, 2 / 3);
    within(describe(loss('convex-concave')).alphaForConvexInP?.alpha, Math.E / (1 + Math.E));
  });

  it('with alpha swapped the convex ones lie below: (1 - alpha) - 2 alpha >= 0', () => {
    const facts = describe(loss('swapped-alpha-quadratic'));
    within(facts.alphaForConvexInP?.alpha, 1 / 3);
    expect(facts.alphaForConvexInP?.side).toBe('at most');
  });

  it('there is none where no alpha helps or no alpha exists', () => {
    // (1 - p)^2 leaves no curvature at p = 1 to outweigh e^p.
    expect(describe(loss('focal-cel')).alphaForConvexInP).toBeNull();
    expect(describe(loss('focal')).alphaForConvexInP).toBeNull();
  });

  it('just above its threshold CCEL is convex, just below mixed', () => {
    const alpha = Math.E / (1 + Math.E);
    expect(describe(loss('ccel', { alpha: alpha + 1e-9 })).inP.shape).toBe('convex');
    const below = describe(loss('ccel', { alpha: alpha - 1e-9 })).inP;
    expect(below.shape).toBe('mixed');
    within(below.changes[0].p, 1, 1e-8);
  });
});

group('shapes', () => {
  it('CCEL bends over where p^2 e^p = alpha / (1 - alpha)', () => {
    const half = describe(loss('ccel')).inP;
    expect(half).toMatchObject({ shape: 'mixed', changes: [{ above: 'concave' }] });
    within(
      half.changes[0].p,
      root((p) => p * p * Math.exp(p) - 1),
    );
    within(half.changes[0].p, 0.7035, 5e-5);
    within(describe(loss('ccel', { alpha: 0.3 })).inP.changes[0].p, 0.508, 5e-4);
  });

  it('CCQL bends over at sqrt(alpha / (1 - alpha)), and not at all at alpha = 0.5', () => {
    within(describe(loss('ccql', { alpha: 0.3 })).inP.changes[0].p, Math.sqrt(3 / 7));
    expect(describe(loss('ccql')).inP.shape).toBe('convex');
  });

  it('in u every convex-concave loss is concave, CE linear; focal turns where its weight is largest', () => {
    for (const name of ['ccel', 'ccql', 'ccl-log', 'ccl-power', 'ccl-taylor'] as const)
      expect(describe(loss(name)).inU.shape).toBe('concave');
    expect(describe(loss('ce')).inU.shape).toBe('linear');
    const focal = describe(loss('focal'));
    within(focal.inU.changes[0].p, 0.104, 1e-4);
    within(focal.weight.highAt, focal.inU.changes[0].p);
    within(focal.weight.high, 1.225, 5e-4);
  });

  it('in the logit CEL turns convex at the golden ratio: p^2 + p = 1', () => {
    within(describe(loss('cel')).inLogit.changes[0].p, (Math.sqrt(5) - 1) / 2);
  });

  it('GCE is convex in p and concave in u, MAE linear in p', () => {
    expect(describe(loss('gce'))).toMatchObject({ inP: { shape: 'convex' }, inU: { shape: 'concave' } });
    expect(describe(loss('mae')).inP.shape).toBe('linear');
  });
});

group('ranges', () => {
  it('CCEL: minimum -(1 - alpha) e, weight from alpha to alpha + (1 - alpha) e', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (alpha) => {
        const { value, weight } = describe(loss('ccel', { alpha }));
        within(value.low, -(1 - alpha) * Math.E, 1e-12);
        within(weight.low, alpha, 1e-12);
        within(weight.high, alpha + (1 - alpha) * Math.E, 1e-12);
        if (alpha < 1) expect(value.lowAt).toBe(1);
      }),
      { seed: 3, numRuns: 10 },
    );
  });

  it('CCQL: minimum -1.5 (1 - alpha), weight up to 2 - alpha', () => {
    const { value, weight } = describe(loss('ccql', { alpha: 0.25, beta: 2 }));
    expect([value.low, value.high, weight.low, weight.high]).toEqual([-2.25, Infinity, 0.5, 3.5]);
  });

  it('CEL and CQL are bounded', () => {
    expect(describe(loss('cel')).value).toEqual({ low: -Math.E, lowAt: 1, high: -1, highAt: 0 });
    expect(describe(loss('cql')).weight).toEqual({ low: 0, lowAt: 0, high: 2, highAt: 1 });
  });
});

group('equilibrium confidence of focal + e^p as coded', () => {
  it.each([
    [2, 0.5, 0.448149165491652],
    [2, 0.7, 0.57929270680142],
    [2, 0.9, 0.746461051698233],
    [1, 0.5, 0.505848827201812],
    [1, 0.7, 0.682304767598187],
    [1, 0.9, 0.878635888692783],
  ])('gamma %d, alpha %d: %d, the root that mpmath finds', (gamma, alpha, expected) => {
    const [confidence, ...others] = equilibriumConfidences(loss('focal-ccel-as-coded', { gamma, alpha }));
    expect(others).toEqual([]);
    within(confidence, expected);
  });

  it('is the minimum of that loss, and as meant there is none', () => {
    const facts = describe(loss('focal-ccel-as-coded'));
    expect(facts.decreasing).toBe(false);
    within(facts.value.lowAt, facts.equilibria[0]);
    const meant = describe(loss('focal-cel'));
    expect([meant.decreasing, meant.equilibria]).toEqual([true, []]);
  });

  it('flooding holds each record at e^-level, with a kink there', () => {
    const facts = describe(loss('flooding-per-sample', { level: 0.5 }));
    within(facts.equilibria[0], Math.exp(-0.5));
    expect(facts.kinks).toEqual(facts.equilibria);
    expect(describe(loss('focal-ccel-as-coded')).kinks).toEqual([]);
  });
});

group('the scan behind it', () => {
  it('runs over [0, 1] in order, with 1 - p exact at both ends', () => {
    expect([scanPoints[0].p, scanPoints[scanPoints.length - 1].q]).toEqual([0, 0]);
    scanPoints.slice(1).forEach(({ p }, i) => expect(p).toBeGreaterThanOrEqual(scanPoints[i].p));
    expect(scanPoints.filter(({ q }) => q > 0 && q < 1e-12).length).toBeGreaterThan(10);
  });

  it('finds every change of sign, also at 1e-9', () => {
    const { changes, signs } = scanSigns(({ p }) => (p - 1e-9) * (p - 0.4) * (p - 0.999) * 1e6);
    expect(changes.map(({ to }) => to)).toEqual([1, -1, 1]);
    [1e-9, 0.4, 0.999].forEach((zero, i) => expect(changes[i].p / zero).toBeCloseTo(1, 10));
    expect(signs.size).toBe(2);
  });
});
