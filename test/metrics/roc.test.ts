import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loss } from '../../src/losses/registry';
import { largestAdvantage } from '../../src/metrics/advantage';
import { auc, aucEstimate } from '../../src/metrics/auc';
import { rocCurve, tprAtFpr } from '../../src/metrics/roc';
import { relativeError } from '../relative-error';
import { metricFixtures as fixtures } from '../fixtures/metrics/fixtures';
import { scoredRecords } from './scored-records';
import { intervalWords } from '../../src/wording';
import { normalQuantile, tQuantile } from '../../src/platform/math/distributions';
import { mean, sampleVariance } from '../../src/platform/math/quantile';

/** An interval that is symmetric on the logit scale, so many times as wide there. */
function widened([low, high]: readonly number[], factor: number): [number, number] {
  const logit = (p: number): number => Math.log(p / (1 - p));
  const [middle, half] = [(logit(low) + logit(high)) / 2, (factor * (logit(high) - logit(low))) / 2];
  return [1 / (1 + Math.exp(half - middle)), 1 / (1 + Math.exp(-half - middle))];
}

/** Below 30 records on a side: Student's quantile over the normal one, with Welch's degrees of freedom of all placements. */
function studentFactor(scores: Float64Array, members: Uint8Array): number {
  const [theirs, others] = [1, 0].map((side) => [...scores].filter((_, i) => members[i] === side));
  if (Math.min(theirs.length, others.length) >= 30) return 1;
  const above = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
  const parts = [
    theirs.map((a) => mean(others.map((b) => above(a, b)))),
    others.map((b) => mean(theirs.map((a) => above(a, b)))),
  ].map((placements) => sampleVariance(placements) / placements.length);
  const freedom =
    (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / (theirs.length - 1) + parts[1] ** 2 / (others.length - 1));
  return tQuantile(0.975, freedom) / normalQuantile(0.975);
}

describe('agreement with scikit-learn and with DeLong’s definition', () => {
  for (const item of fixtures.roc) {
    const scores = Float64Array.from(item.scores);
    const members = Uint8Array.from(item.members);

    it(`curve: ${item.name}`, () => {
      const curve = rocCurve(scores, members);
      expect([...curve.thresholds]).toEqual([Infinity, ...item.thresholds]);
      curve.fpr.forEach((fpr, v) => expect(fpr).toBeCloseTo(item.fpr[v], 14));
      curve.tpr.forEach((tpr, v) => expect(tpr).toBeCloseTo(item.tpr[v], 14));
      for (const [fpr, tpr] of Object.entries(item.tprAtFpr)) {
        expect(tprAtFpr(curve, Number(fpr))).toBeCloseTo(tpr, 14);
      }
    });

    it(`area: ${item.name}`, () => {
      const area = auc(scores, members);
      expect(relativeError(area.estimate, item.auc)).toBeLessThan(1e-14);
      expect(aucEstimate(scores, members)).toBe(area.estimate);
      if (item.deLongLogit) {
        expect(intervalWords(area.method)).toContain('DeLong');
        const [low, high] = widened(item.deLongLogit, studentFactor(scores, members));
        expect(relativeError(area.low!, low)).toBeLessThan(1e-11);
        expect(relativeError(area.high!, high)).toBeLessThan(1e-11);
      } else {
        expect(intervalWords(area.method)).toContain('disjoint pairs');
      }
    });
  }

  it('has a fixture for each of DeLong, perfect separation and all scores equal', () => {
    expect(fixtures.roc.map((item) => item.auc)).toEqual(expect.arrayContaining([1, 0.5]));
    expect(fixtures.roc.filter((item) => item.deLongLogit).length).toBeGreaterThanOrEqual(3);
  });
});

describe('by hand', () => {
  const scores = Float64Array.of(0.9, 0.8, 0.8, 0.5, 0.5, 0.1);
  const members = Uint8Array.of(1, 1, 0, 1, 0, 0);

  it('ties are one vertex; the rule is FPR <= x without interpolation', () => {
    const curve = rocCurve(scores, members);
    expect([...curve.fpr]).toEqual([0, 0, 1 / 3, 2 / 3, 1]);
    expect([...curve.tpr]).toEqual([0, 1 / 3, 2 / 3, 1, 1]);
    expect(tprAtFpr(curve, 0)).toBe(1 / 3);
    expect(tprAtFpr(curve, 1 / 3)).toBe(2 / 3);
    expect(tprAtFpr(curve, 0.33)).toBe(1 / 3);
    expect(tprAtFpr(curve, 1)).toBe(1);
    expect(largestAdvantage(curve)).toEqual({ advantage: 1 / 3, threshold: 0.9 });
  });

  it('AUC: 7 of 9 pairs won, ties half', () => {
    expect(aucEstimate(scores, members)).toBeCloseTo(7 / 9, 15);
  });

  it('infinite scores are ranked like any other', () => {
    const curve = rocCurve(Float64Array.of(Infinity, 1, -Infinity), Uint8Array.of(1, 0, 1));
    expect([...curve.tpr]).toEqual([0, 0.5, 0.5, 1]);
    expect([...curve.thresholds]).toEqual([Infinity, Infinity, 1, -Infinity]);
  });

  it('-0 and 0 are one score', () => {
    expect(rocCurve(Float64Array.of(0, -0), Uint8Array.of(1, 0)).fpr.length).toBe(2);
  });
});

describe('AUC without DeLong variance still has a valid interval', () => {
  it('perfect separation: the exact bound for r of r disjoint pairs', () => {
    const scores = Float64Array.from({ length: 30 }, (_, i) => i);
    const members = Uint8Array.from(scores, (score) => (score >= 20 ? 1 : 0));
    // r = 10: 0.025^(1/10)
    expect(auc(scores, members)).toMatchObject({
      estimate: 1,
      low: expect.closeTo(0.025 ** 0.1, 12),
      high: 1,
    });
    expect(
      auc(
        scores.map((score) => -score),
        members,
      ),
    ).toMatchObject({
      estimate: 0,
      low: 0,
      high: expect.closeTo(1 - 0.025 ** 0.1, 12),
    });
  });

  it('all scores equal: Hoeffding around one half', () => {
    const half = Math.sqrt(Math.log(40) / 200);
    expect(
      auc(
        new Float64Array(200),
        Uint8Array.from({ length: 200 }, (_, i) => i % 2),
      ),
    ).toMatchObject({
      estimate: 0.5,
      low: expect.closeTo(0.5 - half, 12),
      high: expect.closeTo(0.5 + half, 12),
    });
  });

  it('one record a side says nothing much', () => {
    expect(auc(Float64Array.of(2, 1), Uint8Array.of(1, 0))).toMatchObject({
      estimate: 1,
      low: 0.025,
      high: 1,
    });
    expect(auc(Float64Array.of(2, 2), Uint8Array.of(1, 0))).toMatchObject({ estimate: 0.5, low: 0, high: 1 });
  });
});

describe('properties', () => {
  it('a strictly increasing transform leaves ROC and AUC as they are', () => {
    fc.assert(
      fc.property(scoredRecords(), ({ scores, members }) => {
        const curve = rocCurve(scores, members);
        // Exact on the small whole numbers that the generator makes.
        const other = rocCurve(
          scores.map((score) => 8 * score ** 3 + score - 5),
          members,
        );
        expect(other.fpr).toEqual(curve.fpr);
        expect(other.tpr).toEqual(curve.tpr);
        expect(
          auc(
            scores.map((score) => 2 ** score),
            members,
          ),
        ).toEqual(auc(scores, members));
      }),
    );
  });

  it('CE, CCEL and CCQL as scores give the same ROC curve: all fall with the true-class probability', () => {
    const record = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.boolean());
    const records = fc
      .array(record, { minLength: 2, maxLength: 60 })
      .filter((all) => new Set(all.map(([, member]) => member)).size === 2);
    fc.assert(
      fc.property(records, fc.constantFrom(0, 0.3, 0.9), (all, alpha) => {
        const members = Uint8Array.from(all, ([, member]) => (member ? 1 : 0));
        const curveOf = (value: (p: number) => number): object => {
          const { fpr, tpr } = rocCurve(
            Float64Array.from(all, ([p]) => -value(p / 1000)),
            members,
          );
          return { fpr, tpr };
        };
        const ce = curveOf((p) => loss('ce').value(p));
        expect(curveOf((p) => loss('ccel', { alpha }).value(p))).toEqual(ce);
        expect(curveOf((p) => loss('ccql', { alpha }).value(p))).toEqual(ce);
      }),
    );
  });

  it('negated scores give 1 - AUC, and the interval mirrored', () => {
    fc.assert(
      fc.property(scoredRecords(), ({ scores, members }) => {
        const area = auc(scores, members);
        const mirrored = auc(
          scores.map((score) => -score),
          members,
        );
        expect(mirrored.estimate).toBeCloseTo(1 - area.estimate, 12);
        expect(mirrored.low).toBeCloseTo(1 - area.high!, 9);
        expect(mirrored.high).toBeCloseTo(1 - area.low!, 9);
      }),
    );
  });

  it('the order of the records plays no part', () => {
    fc.assert(
      fc.property(scoredRecords(), ({ scores, members }) => {
        const backwards = [scores.slice().reverse(), members.slice().reverse()] as const;
        expect(rocCurve(...backwards)).toEqual(rocCurve(scores, members));
        expect(auc(...backwards)).toEqual(auc(scores, members));
      }),
    );
  });

  it('the interval holds the estimate and stays in [0, 1]', () => {
    fc.assert(
      fc.property(scoredRecords(), ({ scores, members }) => {
        const { low, estimate, high } = auc(scores, members);
        expect(low!).toBeGreaterThanOrEqual(0);
        expect(low!).toBeLessThanOrEqual(estimate);
        expect(high!).toBeGreaterThanOrEqual(estimate);
        expect(high!).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('bad input', () => {
  it('is named with index and rule', () => {
    const members = Uint8Array.of(1, 0);
    expect(() => rocCurve(Float64Array.of(1, NaN), members)).toThrow('scores[1] is NaN');
    expect(() => rocCurve(Float64Array.of(1), members)).toThrow('the number of scores is 1');
    expect(() => rocCurve(Float64Array.of(1, 2), Uint8Array.of(1, 1))).toThrow('both sides are needed');
    expect(() => rocCurve(Float64Array.of(1, 2), Uint8Array.of(0, 0))).toThrow('both sides are needed');
    expect(() => auc(Float64Array.of(1, 2), Uint8Array.of(1, 7))).toThrow('members[1] is 7');
    expect(() => auc(new Float64Array(0), new Uint8Array(0))).toThrow('both sides are needed');
    expect(() => tprAtFpr(rocCurve(Float64Array.of(1, 2), members), 1.1)).toThrow('the nominal FPR is 1.1');
    expect(() => tprAtFpr(rocCurve(Float64Array.of(1, 2), members), NaN)).toThrow('the nominal FPR is NaN');
  });
});
