import { describe, expect, it } from 'vitest';
import { auc } from '../../src/metrics/auc';
import { midranks } from '../../src/metrics/sorted-sides';
import { positivePredictiveValue, precision } from '../../src/metrics/precision';
import { recordVulnerability } from '../../src/metrics/record-vulnerability';
import { smallestResolvableFpr, tnrAtFnrInterval, tprAtFprInterval } from '../../src/metrics/tpr-at-fpr';
import { compareAucs, mcNemar } from '../../src/metrics/two-models';
import { relativeError } from '../relative-error';
import { statisticsFixtures as fixtures } from '../fixtures/metrics/statistics';
import { binormal } from './binormal';
import { intervalWords } from '../../src/wording';

describe('these two models', () => {
  const { deLong, mcNemar: tests } = fixtures.twoModels;
  const first = Float64Array.from(deLong.first);
  const second = Float64Array.from(deLong.second);
  const members = Uint8Array.from(deLong.members);

  it('difference of AUCs has DeLong’s covariance, from the full matrix of comparisons', () => {
    const { difference, p, about } = compareAucs(first, second, members);
    expect(difference.estimate).toBeCloseTo(deLong.difference, 12);
    expect(difference.low).toBeCloseTo(deLong.interval[0], 10);
    expect(difference.high).toBeCloseTo(deLong.interval[1], 10);
    expect(relativeError(p!, deLong.p)).toBeLessThan(1e-9);
    expect(about).toBe('these two models');
  });

  it('knows no difference of a score and a monotone transform of it', () => {
    const same = compareAucs(first, first.map(Math.exp), members);
    expect(same).toMatchObject({ p: null, difference: { estimate: 0, low: null } });
    const swapped = compareAucs(second, first, members);
    expect(swapped.p).toBeCloseTo(compareAucs(first, second, members).p!, 12);
  });

  it('McNemar is statsmodels’ exact test', () => {
    for (const { table, p, interval } of tests) {
      const [both, b, c, neither] = table;
      const flags = (...parts: [number, number][]): Uint8Array =>
        Uint8Array.from(parts.flatMap(([count, flag]) => new Array<number>(count).fill(flag)));
      const found = mcNemar(
        flags([both, 1], [b, 1], [c, 0], [neither, 0]),
        flags([both, 1], [b, 0], [c, 1], [neither, 0]),
      );
      expect(relativeError(found.p!, p)).toBeLessThan(1e-12);
      expect(found.difference.low).toBeCloseTo(Math.max(-1, interval[0]), 12);
      expect(found.difference.high).toBeCloseTo(Math.min(1, interval[1]), 12);
      expect([found.onlyFirst, found.onlySecond]).toEqual([b, c]);
    }
    expect(() => mcNemar(new Uint8Array(2), new Uint8Array(3))).toThrow('the number of records is 3');
  });
});

describe('precision and predictive value', () => {
  it('agree with statsmodels’ bounds', () => {
    for (const { counts, prior, ppv, precision: wanted } of fixtures.predictiveValues) {
      const [truePositives, members, falsePositives, nonMembers] = counts;
      const decisions = { truePositives, members, falsePositives, nonMembers };
      for (const [found, values] of [
        [positivePredictiveValue(decisions, prior), ppv],
        [precision(decisions), wanted],
      ] as const) {
        expect(found.estimate).toBeCloseTo(values[0], 12);
        expect(found.low).toBeCloseTo(values[1], 9);
        expect(found.high).toBeCloseTo(values[2], 9);
      }
    }
  });

  it('have no estimate where nobody is called a member', () => {
    const none = { truePositives: 0, members: 5, falsePositives: 0, nonMembers: 5 };
    expect(precision(none)).toMatchObject({ estimate: NaN, low: null });
    const ppv = positivePredictiveValue(none, 0.5);
    expect([ppv.estimate, ppv.low, ppv.high]).toEqual([NaN, 0, 1]);
    expect(() => positivePredictiveValue(none, 1)).toThrow('the prior is 1');
  });
});

describe('TNR at a nominal FNR', () => {
  it('is the TPR of negated scores with the sides swapped, in its own words', () => {
    const [scores, members] = binormal(1, 300, 400, 1, 1);
    const flipped = [scores.map((s) => -s), members.map((member) => 1 - member)] as const;
    for (const x of [0, 0.01, 0.1, 1]) {
      const { method, ...numbers } = tnrAtFnrInterval(scores, members, x);
      expect(tprAtFprInterval(...flipped, x)).toMatchObject(numbers);
      expect(intervalWords(method)).not.toMatch(/FPR|TPR|false positives|non-members|called a member/);
    }
    expect(intervalWords(tnrAtFnrInterval(scores, members, 0.001).method)).toContain(
      'smallest resolvable FNR is 1/300 with 300 members',
    );
    expect(smallestResolvableFpr(400)).toBe(0.0025);
  });
});

describe('vulnerability of single records over models', () => {
  // Three records, six models: the first gives itself away, the second does not, the third was in every model.
  const members = [0, 1, 0, 1, 0, 1].map((inside) => Uint8Array.of(inside, inside, 1));
  const scores = [0, 9, 1, 8, 2, 7].map((own, m) => Float64Array.of(own, 5 - (m % 3), 1));

  it('compares models trained on the record with the others', () => {
    const [exposed, hidden, always] = recordVulnerability(scores, members, new Array(6).fill(5));
    expect(exposed.auc).toEqual({
      ...auc(Float64Array.of(0, 9, 1, 8, 2, 7), Uint8Array.of(0, 1, 0, 1, 0, 1)),
      method: expect.objectContaining({ models: 6 }),
    });
    expect(exposed).toMatchObject({
      record: 0,
      inModels: 3,
      outModels: 3,
      tpr: { estimate: 1 },
      fpr: { estimate: 0 },
    });
    expect(hidden.auc!.low!).toBeLessThan(0.5);
    expect(always).toMatchObject({ inModels: 6, outModels: 0, auc: null, fpr: null });
    expect(recordVulnerability(scores, members)[0]).toMatchObject({ tpr: null, fpr: null });
  });

  it('refuses models that do not fit together', () => {
    expect(() => recordVulnerability(scores, members.slice(1))).toThrow('the number of models is 6');
    expect(() => recordVulnerability([...scores.slice(1), new Float64Array(2)], members)).toThrow(
      'of model 5 is 2',
    );
  });
});

it('midranks are scipy’s rankdata', () => {
  expect([...midranks(Float64Array.from(fixtures.rankTest.scores))]).toEqual(fixtures.rankTest.ranks);
  expect([...midranks(Float64Array.of(-Infinity, Infinity, -Infinity))]).toEqual([1.5, 3, 1.5]);
});
