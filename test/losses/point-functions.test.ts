import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbabilityLoss, TrueClass } from '../../src/losses/loss';
import { knownFamilies } from '../../src/experiments/behavior/known-families';
import { trueClassAtLogit, trueClassOf } from '../../src/losses/probability-loss';
import { loss, lossFromData, lossNames, losses } from '../../src/losses/registry';
import { fixture, named } from './fixture';

const pointLosses = lossNames.filter((name) => losses[name].kind === 'p');
const made = (name: string, options: unknown = {}): ProbabilityLoss =>
  lossFromData(name, options) as ProbabilityLoss;
const forms = ['valueAt', 'slopeAt', 'curvatureAt', 'weightAt', 'weightSlopeAt'] as const;

// A loss that is added needs none: every-loss.test.ts takes it in.
it('the fixtures hold every loss of kind p that blocks were named after', () => {
  const named = pointLosses.filter((name) => name in knownFamilies);
  expect([...new Set(fixture.point.map(({ name }) => name))].sort()).toEqual([...named].sort());
});

describe.each(named(fixture.point))('%s', (_title, { name, options, points }) => {
  const it_ = made(name, options);

  it('value, slope, curvature, weight and its slope are those of mpmath, from p = 1e-300 to 1 - 1e-20', () => {
    for (const [p, q, u, ...expected] of points) {
      forms.forEach((form, i) => {
        const found = it_[form]({ p: p!, q: q!, u: u! });
        const right = expected[i];
        if (right === null) expect(Math.abs(found), `${form} at p = ${p}`).toBe(Infinity);
        else {
          expect(Math.abs(found - right), `${form} at p = ${p}, q = ${q}`).toBeLessThanOrEqual(
            1e-11 * Math.abs(right),
          );
        }
      });
    }
  });

  it('derivatives are those of central differences on [1e-6, 1 - 1e-6]', () => {
    const kinks = name === 'phuber' ? [0.2] : name === 'flooding-per-sample' ? [Math.exp(-0.25)] : [];
    for (const p of [1e-6, 1e-4, 0.03, 0.21, 0.45, 0.6, 0.8, 0.97, 1 - 1e-4, 1 - 1e-6]) {
      if (kinks.some((kink) => Math.abs(kink - p) < 1e-3)) continue;
      const h = 1e-4 * Math.min(p, 1 - p);
      const size = Math.abs(it_.slope(p)) + Math.abs(it_.curvature(p)) * Math.min(p, 1 - p);
      // Rounding of the value is divided by h: below that a difference says nothing.
      const noise = (4e-16 * Math.abs(it_.value(p))) / h;
      const difference = (it_.value(p + h) - it_.value(p - h)) / (2 * h);
      expect(Math.abs(difference - it_.slope(p))).toBeLessThanOrEqual(1e-7 * size + noise);
      const bend = (it_.slope(p + h) - it_.slope(p - h)) / (2 * h);
      expect(Math.abs(bend - it_.curvature(p)) * Math.min(p, 1 - p)).toBeLessThanOrEqual(1e-7 * size + noise);
      const turn = (it_.weight(p + h) - it_.weight(p - h)) / (2 * h);
      expect(Math.abs(turn - it_.weightSlope(p)) * Math.min(p, 1 - p)).toBeLessThanOrEqual(
        1e-7 * (size + 1) + noise,
      );
    }
  });

  it('weight = -p f’ and w’ = -f’ - p f’’ hold among its own functions', () => {
    fc.assert(
      fc.property(fc.double({ min: -12, max: 12, noNaN: true }), (phi) => {
        const at = trueClassAtLogit(phi);
        const [slope, curvature] = [it_.slopeAt(at), it_.curvatureAt(at)];
        expect(Math.abs(it_.weightAt(at) + at.p * slope)).toBeLessThanOrEqual(1e-11 * Math.abs(at.p * slope));
        expect(Math.abs(it_.weightSlopeAt(at) + slope + at.p * curvature)).toBeLessThanOrEqual(
          1e-10 * (Math.abs(slope) + Math.abs(at.p * curvature)),
        );
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('takes arrays, and detached functions, as numbers', () => {
    const { value, slope, curvature, weight } = it_;
    const p = [0.2, 0.7];
    for (const f of [value, slope, curvature, weight])
      expect([...f(Float32Array.from([0.25, 0.5])), ...f(p)]).toEqual([f(0.25), f(0.5), f(0.2), f(0.7)]);
    // map passes index and array besides.
    expect(p.map(value)).toEqual([value(0.2), value(0.7)]);
  });
});

describe('the ends of [0, 1]', () => {
  it.each(pointLosses)('%s: no function is NaN at p = 0 or p = 1, and the weight is finite', (name) => {
    for (const options of [{}, ...('alpha' in made(name).options ? [{ alpha: 0 }, { alpha: 1 }] : [])]) {
      const it_ = made(name, options);
      for (const p of [0, 1]) {
        for (const form of forms) expect(it_[form](trueClassOf(p)), `${form}(${p})`).not.toBeNaN();
        expect(Number.isFinite(it_.weight(p))).toBe(true);
      }
    }
  });

  it('knows 1 - p where p has been rounded to 1: focal at p = 1 - 1e-20', () => {
    const at: TrueClass = { p: 1, q: 1e-20, u: 1e-20 };
    expect(loss('focal').weightAt(at) / 3e-40).toBeCloseTo(1, 12);
    expect(loss('focal', { gamma: 0.5 }).weightAt(at) / 1.5e-10).toBeCloseTo(1, 9);
  });
});

describe('relations in the family', () => {
  const p = [1e-9, 0.01, 0.2, 0.5, 0.77, 0.999, 1];

  it('two Taylor terms are CCQL and CQL, up to the last bit', () => {
    const two = [loss('ccl-taylor', { alpha: 0.3, terms: 2 }), loss('concave-taylor', { terms: 2 })];
    [loss('ccql', { alpha: 0.3 }), loss('cql')].forEach((one, i) => {
      for (const form of ['value', 'slope', 'curvature', 'weight', 'weightSlope'] as const)
        two[i][form](p).forEach((x, k) => {
          const y = one[form](p[k]);
          expect(Math.abs(x - y)).toBeLessThanOrEqual(2 ** -52 * Math.abs(y));
        });
    });
  });

  it('many Taylor terms are CCEL + (1 - alpha), and Taylor CE tends to CE', () => {
    const many = loss('ccl-taylor', { alpha: 0.4, terms: 25 });
    const ccel = loss('ccel', { alpha: 0.4 });
    for (const at of p) {
      expect(many.value(at)).toBeCloseTo(ccel.value(at) + 0.6, 13);
      expect(many.weight(at)).toBeCloseTo(ccel.weight(at), 13);
      expect(many.curvature(at) / ccel.curvature(at)).toBeCloseTo(1, 12);
    }
    expect(loss('taylor-ce', { terms: 100 }).value(0.5)).toBeCloseTo(loss('ce').value(0.5), 14);
    expect(loss('gce', { q: 1e-9 }).value(0.1)).toBeCloseTo(loss('ce').value(0.1), 8);
  });

  it('the general form of CE and CEL is CCEL, of focal and CEL is focal-cel', () => {
    const pairs = [
      [loss('convex-concave', { alpha: 0.3, beta: 2 }), loss('ccel', { alpha: 0.3, beta: 2 })],
      [
        loss('convex-concave', { convex: 'focal', 'convex.gamma': 1.5, alpha: 0.3 }),
        loss('focal-cel', { gamma: 1.5, alpha: 0.3 }),
      ],
      [loss('ccl-exp', { scale: 1, alpha: 0.3 }), loss('ccel', { alpha: 0.3 })],
    ];
    for (const [general, own] of pairs)
      for (const form of ['value', 'slope', 'curvature', 'weight', 'weightSlope'] as const)
        general[form](p).forEach((x, i) => expect(x / own[form](p[i])).toBeCloseTo(1, 13));
  });

  it.each(pointLosses)('%s: beta multiplies value, slope, curvature and weight', (name) => {
    const [one, twice] = [made(name), made(name, { beta: 2 })];
    for (const form of ['value', 'slope', 'curvature', 'weight', 'weightSlope'] as const)
      expect([...twice[form]([0.2, 0.9])]).toEqual([...one[form]([0.2, 0.9])].map((x) => 2 * x));
    expect(twice.label).not.toBe(one.label);
  });

  it.each(pointLosses.filter((name) => !/as-coded|flooding/.test(name)))(
    '%s falls as p rises, and its weight is not negative',
    (name) => {
      const { options } = made(name);
      const confidence = fc.double({ min: 0.0001, max: 1, noNaN: true });
      fc.assert(
        fc.property(confidence, confidence, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, alpha) => {
          const it_ = made(name, 'alpha' in options ? { alpha } : {});
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(it_.value(high)).toBeLessThanOrEqual(it_.value(low) + 1e-14);
          expect(it_.weight(a)).toBeGreaterThanOrEqual(0);
        }),
        { seed: 2, numRuns: 100 },
      );
    },
  );
});
