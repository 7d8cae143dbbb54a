import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../src/platform/math/distributions';
import { advantageChance, largestAdvantage, largestAdvantageInterval } from '../../src/metrics/advantage';
import { aucEstimate } from '../../src/metrics/auc';
import {
  smallestDetectableAuc,
  smallestDetectableExposure,
  tprChance,
} from '../../src/metrics/detectable-effect';
import { rocCurve, tprAtFpr } from '../../src/metrics/roc';
import { aucNull } from '../../src/metrics/auc-null';
import { leakTest } from '../../src/metrics/leak-test';
import { membershipsOf, permutationStream } from '../../src/metrics/units';
import { relativeError } from '../relative-error';
import { statisticsFixtures as fixtures } from '../fixtures/metrics/statistics';
import { binormal } from './binormal';
import { scoredRecords } from './scored-records';

describe('a membership dealt to some records alone', () => {
  it('has every combination as often as the whole deal has it', () => {
    // 3 members among 8 records, told for 3 of them: C(5, 3 - k) of C(8, 3) deals have a given k of them.
    const members = Uint8Array.of(1, 0, 0, 1, 0, 0, 1, 0);
    const lists = [Uint32Array.of(6, 2), Uint32Array.of(2, 7)];
    const { flags, draw } = membershipsOf(lists, members, permutationStream(5));
    const counts = new Float64Array(8);
    const draws = 56_000;
    for (let b = 0; b < draws; b++) {
      draw();
      counts[flags[2] + 2 * flags[6] + 4 * flags[7]]++;
    }
    const expected = [10, 10, 10, 5, 10, 5, 5, 1].map((deals) => (draws * deals) / 56);
    const chiSquared = expected.reduce((sum, e, i) => sum + (counts[i] - e) ** 2 / e, 0);
    expect(chiSquared).toBeLessThan(24.3); // 0.999 quantile, 7 degrees of freedom
    expect([0, 1, 3, 4, 5].map((i) => flags[i])).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('chance of the largest advantage', () => {
  it('is scipy’s exact Kolmogorov-Smirnov test, and enumeration where scores tie', () => {
    for (const { scores, members, observed, p, advantage95 } of fixtures.advantageChance) {
      const found = advantageChance(Float64Array.from(scores), Uint8Array.from(members));
      expect(found.method).toContain('exact');
      expect(found.observed).toBeCloseTo(observed, 12);
      expect(relativeError(found.pValue, p)).toBeLessThan(1e-9);
      if (advantage95 !== undefined) expect(found.advantage95).toBeCloseTo(advantage95, 12);
    }
  });

  it('has the largest advantage of the curve as its observed value, and p of 1 where that is 0', () => {
    fc.assert(
      fc.property(scoredRecords(), ({ scores, members }) => {
        const found = advantageChance(scores, members);
        expect(found.observed).toBeCloseTo(largestAdvantage(rocCurve(scores, members)).advantage, 9);
        expect(found.pValue).toBeGreaterThan(0);
        expect(found.pValue).toBeLessThanOrEqual(found.observed === 0 ? 1 : 1 + 1e-12);
      }),
    );
    expect(advantageChance(Float64Array.of(1, 1), Uint8Array.of(1, 0)).pValue).toBe(1);
  });

  it('shows how far above 0 useless scores stand, and goes over into Smirnov’s limit', () => {
    const [few, fewMembers] = binormal(2, 100, 100, 0, 1);
    expect(advantageChance(few, fewMembers).advantage95).toBeGreaterThan(0.15);
    const [exact, limit] = [2400, 2600].map((n) => advantageChance(...binormal(3, n, n, 0.05, 1)));
    expect(exact.method).toContain('exact');
    expect(limit.method).toContain('limit');
    expect(exact.advantage95 * Math.sqrt(2400)).toBeCloseTo(limit.advantage95 * Math.sqrt(2600), 1);
  });

  it('has an interval that holds for all cuts at once', () => {
    const [scores, members] = binormal(4, 800, 1200, 1, 1);
    const found = largestAdvantageInterval(scores, members);
    // 2 Phi(1/2) - 1 = 0.3829
    expect(found.low!).toBeLessThan(0.3829);
    expect(found.high!).toBeGreaterThan(0.3829);
    const reach = Math.sqrt(Math.log(80) / 1600) + Math.sqrt(Math.log(80) / 2400);
    expect(found.high! - found.estimate).toBeCloseTo(reach, 12);
  });
});

describe('the best of several attacks', () => {
  const { bestOfAttacks } = fixtures;
  const attacks = bestOfAttacks.attacks.map((scores) => ({ scores: Float64Array.from(scores) }));
  const members = Uint8Array.from(bestOfAttacks.members);

  it('has the joint null of all memberships, which keeps the attacks’ dependence', () => {
    const found = aucNull(attacks, members, { permutations: 60000 });
    found.auc.forEach((area, a) => {
      expect(area).toBeCloseTo(bestOfAttacks.auc[a], 12);
      expect(relativeError(found.deviation[a], bestOfAttacks.deviation[a])).toBeLessThan(1e-12);
      // Standard error of a share over 60,000 permutations: at most 0.002.
      expect(Math.abs(found.pValues[a] - bestOfAttacks.p[a])).toBeLessThan(0.009);
      expect(Math.abs(found.correctedPValues[a] - bestOfAttacks.corrected[a])).toBeLessThan(0.009);
    });
    const wanted = bestOfAttacks.deviation.map((deviation) => deviation * bestOfAttacks.critical99);
    found.band(0.99).forEach((width, a) => expect(width / wanted[a]).toBeCloseTo(1, 1));
    expect(found.method).toContain('60000 permutations');
  });

  it('corrects for two alike attacks as for one, and for two different ones as for two', () => {
    const [first, firstMembers] = binormal(5, 200, 200, 0.15, 1);
    const copies = aucNull([{ scores: first }, { scores: first.map((v) => 2 * v) }], firstMembers);
    expect(copies.correctedPValues[0]).toBe(copies.pValues[0]);
    const other = { scores: binormal(6, 200, 200, 0, 1)[0] };
    const two = aucNull([{ scores: first }, other], firstMembers);
    expect(two.correctedPValues[0]).toBeGreaterThan(1.6 * two.pValues[0]);
    expect(two.correctedPValues[0]).toBeLessThan(2.2 * two.pValues[0]);
  });

  it('finds the same by the normal limit where permutations cost too much', () => {
    const n = 40_000;
    const [first, flags] = binormal(7, n / 2, n / 2, 0, 1);
    const [second] = binormal(8, n / 2, n / 2, 0, 1);
    const related = first.map((value, i) => value + second[i]);
    const group = [
      { scores: first },
      { scores: related },
      { scores: first },
      { scores: new Float64Array(n) },
    ];
    const limit = aucNull(group, flags, { permutations: 40_000 });
    expect(limit.method).toContain('normal limit');
    const counted = aucNull(group, flags, { permutations: 999 });
    expect(counted.method).toContain('999 permutations');
    limit.correctedPValues.forEach((p, a) =>
      expect(Math.abs(p - counted.correctedPValues[a])).toBeLessThan(0.07),
    );
    // Two attacks with correlation 1/sqrt 2 (and a copy): between one and two independent ones.
    const deviation = Math.sqrt((n + 1) / (3 * n * n));
    expect(limit.band(0.95)[0] / deviation).toBeGreaterThan(1.96);
    expect(limit.band(0.95)[0] / deviation).toBeLessThan(2.236);
    expect(limit.band(0.95)[3]).toBe(0);
  });

  it('leaves unusable records out', () => {
    const scores = Float64Array.of(5, NaN, 3, 2, 1, NaN);
    const usable = Uint8Array.of(1, 0, 1, 1, 1, 0);
    const found = aucNull([{ scores, usable }], Uint8Array.of(1, 1, 1, 0, 0, 0), { permutations: 999 });
    expect(found.auc[0]).toBe(1);
    expect(() => aucNull([{ scores }], Uint8Array.of(1, 1, 1, 0, 0, 0))).toThrow('scores[1] is NaN');
  });
});

describe('the leak test', () => {
  it('is the exact beta-binomial test of one attack without ties, and the rule of the curve', () => {
    const [scores, members] = binormal(9, 100, 150, 0.7, 1);
    const { evidence, fprs } = leakTest([{ scores }], members, { permutations: 20000, fprs: [0.05] });
    expect(fprs).toEqual([0, 0.05]);
    const at = evidence.find(({ fpr }) => fpr === 0.05)!;
    expect(at).toMatchObject({ statistic: 'tpr', side: 'high', attack: 0 });
    expect(at.value).toBe(tprAtFpr(rocCurve(scores, members), 0.05));
    const exact = tprChance(Math.round(at.value * 100), 100, 150, 0.05);
    expect(Math.exp(-at.surprise)).toBeCloseTo(exact, 10);
    // Corrected for AUC and two rates on two sides, which depend on each other.
    expect(at.correctedPValue).toBeGreaterThan(2 * exact);
    expect(at.correctedPValue).toBeLessThan(5 * exact);
  });

  it('corrects for a copy as for one attack, and more for others', () => {
    const [first, members] = binormal(10, 200, 200, 0.2, 1);
    const copies = leakTest([{ scores: first }, { scores: first.map((v) => 2 * v) }], members);
    const alone = leakTest([{ scores: first }], members);
    expect(copies.evidence[0].correctedPValue).toBe(alone.evidence[0].correctedPValue);
    const others = [11, 12, 13].map((draw) => ({ scores: binormal(draw, 200, 200, 0, 1)[0] }));
    const four = leakTest([{ scores: first }, ...others], members);
    const [small, large] = [alone, four].map(
      ({ evidence }) => evidence.find(({ attack, fpr }) => attack === 0 && fpr === null)!.correctedPValue,
    );
    expect(large).toBeGreaterThan(1.5 * small);
    expect(large).toBeLessThan(4.5 * small);
  });

  it('mirrored scores give the same evidence on the other side', () => {
    const [scores, members] = binormal(14, 150, 100, 1, 1);
    const turned = scores.map((score) => -score);
    const [up, down] = [scores, turned].map((one) => leakTest([{ scores: one }], members).evidence);
    up.forEach((one, i) => {
      expect(down[i].surprise).toBeCloseTo(one.surprise, 9);
      expect(down[i].correctedPValue).toBe(one.correctedPValue);
      expect([one.side, down[i].side]).toEqual(['high', 'low']);
    });
  });

  it('records of one score stand or fall together, and unusable ones are left out', () => {
    const [, members] = binormal(15, 200, 200, 0, 1);
    const { evidence } = leakTest([{ scores: new Float64Array(400) }], members, { permutations: 999 });
    for (const one of evidence) expect(one).toMatchObject({ surprise: 0, correctedPValue: 1 });
    const scores = Float64Array.from(members, (member, i) => (i % 2 ? NaN : member));
    const usable = Uint8Array.from(members, (_, i) => 1 - (i % 2));
    const half = leakTest([{ scores, usable }], members, { permutations: 999 });
    expect(half.evidence.map(({ value }) => value)).toEqual([1, 1, 1]);
    expect(half.evidence.map(({ correctedPValue }) => correctedPValue)).toEqual([0.001, 0.001, 0.001]);
  });

  it('has a critical surprise on the edge of its level', () => {
    const [scores, members] = binormal(16, 60, 60, 0, 1);
    const test = leakTest([{ scores }], members, { permutations: 999 });
    for (const { surprise, correctedPValue } of test.evidence) {
      expect(surprise > test.critical(correctedPValue + 1e-9)).toBe(true);
      expect(surprise > test.critical(correctedPValue)).toBe(false);
    }
  });

  it('refuses what it cannot test', () => {
    const [scores, members] = binormal(10, 20, 20, 0, 1);
    expect(() => leakTest([{ scores }], members, { fprs: [2] })).toThrow('the nominal FPR is 2');
    expect(() => leakTest([], members)).toThrow('the number of attacks is 0');
    expect(() => leakTest([{ scores }], members, { permutations: 10 })).toThrow('permutations is 10');
  });
});

describe('smallest detectable effect', () => {
  it('agrees with scipy', () => {
    for (const [m, n, error, power, wanted] of fixtures.detectable.auc) {
      expect(smallestDetectableAuc({ members: m, nonMembers: n, error, power })).toBeCloseTo(wanted, 5);
    }
    for (const [called, m, n, , fpr, wanted] of fixtures.detectable.chance) {
      expect(tprChance(called, m, n, fpr)).toBeCloseTo(wanted, 11);
    }
  });

  it('grows with the number of attacks, and says where nothing can be seen', () => {
    const options = { members: 1000, nonMembers: 1000 };
    expect(smallestDetectableAuc({ ...options, attacks: 20 })).toBeGreaterThan(
      smallestDetectableAuc(options),
    );
    expect(smallestDetectableAuc({ members: 2, nonMembers: 2 })).toBe(1);
    expect(smallestDetectableExposure(1, options)).toBeNull();
    expect(smallestDetectableExposure(0.5, { members: 1, nonMembers: 10 })).toBeNull();
    expect(() => smallestDetectableAuc({ members: 0, nonMembers: 1 })).toThrow('the number of members is 0');
    expect(() => smallestDetectableAuc({ ...options, power: 80 })).toThrow('the power is 80');
  });

  it('is seen in about 80 % of simulated audits', () => {
    const options = { members: 300, nonMembers: 300 };
    const area = smallestDetectableAuc(options);
    // The binormal curve of equal variances has area Phi(shift / sqrt 2).
    const shift = Math.SQRT2 * normalQuantile(area);
    const critical = 0.5 + normalQuantile(0.95) * Math.sqrt(601 / (12 * 300 * 300));
    let seen = 0;
    for (let draw = 0; draw < 400; draw++) {
      if (aucEstimate(...binormal(1000 + draw, 300, 300, shift, 1)) > critical) seen++;
    }
    expect(seen / 400).toBeGreaterThan(0.74);
    expect(seen / 400).toBeLessThan(0.86);
  });
});
