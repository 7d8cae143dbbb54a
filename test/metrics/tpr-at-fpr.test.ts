import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rocCurve, tprAtFpr } from '../../src/metrics/roc';
import { toleratedFalsePositives, tprAtFprInterval } from '../../src/metrics/tpr-at-fpr';
import { metricFixtures as fixtures } from '../fixtures/metrics/fixtures';
import { scoredRecords } from './scored-records';
import { intervalWords } from '../../src/wording';

/** Members 1 .. m shifted up by `shift` against non-members 1 .. n, no ties. */
function ramps(m: number, n: number, shift: number): [Float64Array, Uint8Array] {
  const scores = Float64Array.from({ length: m + n }, (_, i) => (i < m ? i + shift + 0.5 : i - m));
  return [scores, Uint8Array.from({ length: m + n }, (_, i) => (i < m ? 1 : 0))];
}

describe('TPR at a nominal FPR', () => {
  it('estimates by the same rule as the curve, FPR <= x', () => {
    fc.assert(
      fc.property(scoredRecords(), fc.integer({ min: 0, max: 20 }), ({ scores, members }, twentieths) => {
        const x = twentieths / 20;
        const found = tprAtFprInterval(scores, members, x);
        expect(found.estimate).toBe(tprAtFpr(rocCurve(scores, members), x));
        if (found.low !== null) {
          expect(found.low).toBeLessThanOrEqual(found.estimate);
          expect(found.high!).toBeGreaterThanOrEqual(found.estimate);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tolerates as many false positives as floating point lets through', () => {
    expect(toleratedFalsePositives(0.29, 100)).toBe(29);
    expect(toleratedFalsePositives(0.07, 100)).toBe(7);
    expect(toleratedFalsePositives(0.01, 1252)).toBe(12);
    expect(toleratedFalsePositives(0, 5)).toBe(0);
    expect(toleratedFalsePositives(1, 5)).toBe(5);
  });

  it('from 10 tolerated false positives on: the percentiles of a brute-force bootstrap', () => {
    const { scores, members, fpr, interval } = fixtures.tprBootstrap;
    const found = tprAtFprInterval(Float64Array.from(scores), Uint8Array.from(members), fpr);
    expect(intervalWords(found.method)).toContain('stratified bootstrap');
    // The TPR moves in steps of 1/150; 200,000 random resamples may miss the percentile by one step.
    expect(Math.abs(found.low! - interval[0])).toBeLessThanOrEqual(1 / 150 + 1e-12);
    expect(Math.abs(found.high! - interval[1])).toBeLessThanOrEqual(1 / 150 + 1e-12);
  });

  it('below 10: cuts that may have this FPR, joined with Clopper-Pearson', () => {
    const [scores, members] = ramps(200, 200, 100);
    const found = tprAtFprInterval(scores, members, 0.01);
    // Bin(200, 0.01): P(0) = 0.134 > 0.0125, P(> 5) = 0.016, P(> 6) = 0.004, so 0 to 6 of 200.
    expect(intervalWords(found.method)).toContain('0 to 6 of 200');
    // With 0 false positives the true cut may lie above every record; with 6, 107 members are above the 7th of 200.
    expect(found.low).toBe(0);
    expect(found.high).toBeGreaterThan(107 / 200);
    expect(found.high).toBeLessThan(0.64);
    expect(found.estimate).toBe(103 / 200);
  });

  it('is not resolvable with fewer than 1 / x non-members, and says what would be', () => {
    const [scores, members] = ramps(50, 99, 80);
    const found = tprAtFprInterval(scores, members, 0.01);
    expect(found).toMatchObject({ low: null, high: null });
    expect(intervalWords(found.method)).toContain('not resolvable; the smallest resolvable FPR is 1/99');
  });

  it('knows the answer at FPR 1, and stays in [0, 1] where members stand far above', () => {
    const [scores, members] = ramps(40, 1000, 5000);
    expect(tprAtFprInterval(scores, members, 1)).toMatchObject({ estimate: 1, low: 1, high: 1 });
    expect(tprAtFprInterval(scores, members, 0.005)).toMatchObject({ estimate: 1, high: 1 });
    expect(tprAtFprInterval(scores, members, 0.005).low).toBeGreaterThan(0.85);
  });

  it('claims no certainty where the bootstrap has no width: all members, or none, above the cut', () => {
    // 0.025^(1/40) = 0.9119
    const above = tprAtFprInterval(...ramps(40, 1000, 5000), 0.05);
    expect(above).toMatchObject({ estimate: 1, low: expect.closeTo(0.025 ** (1 / 40), 9), high: 1 });
    expect(intervalWords(above.method)).toContain('joined with Clopper-Pearson');
    const below = tprAtFprInterval(...ramps(40, 1000, -5000), 0.05);
    expect(below).toMatchObject({ estimate: 0, low: 0, high: expect.closeTo(1 - 0.025 ** (1 / 40), 9) });
  });

  it('gives no chance to members below all non-members', () => {
    const [scores, members] = ramps(40, 1000, -5000);
    const found = tprAtFprInterval(scores, members, 0.005);
    expect(found).toMatchObject({ estimate: 0, low: 0 });
    expect(found.high).toBeGreaterThan(0);
  });

  it('refuses what is no rate', () => {
    const [scores, members] = ramps(3, 3, 0);
    expect(() => tprAtFprInterval(scores, members, 2)).toThrow('the nominal FPR is 2');
  });
});
