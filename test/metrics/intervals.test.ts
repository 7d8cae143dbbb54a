import { describe, expect, it } from 'vitest';
import {
  advantage,
  balancedAccuracy,
  countDecisions,
  p1FromAdvantage,
  p1FromAttackAccuracy,
} from '../../src/metrics/advantage';
import { clopperPearson, newcombe } from '../../src/metrics/proportions';
import { holm, meanOverSeeds, pairedComparison } from '../../src/metrics/over-seeds';
import { lossSummary } from '../../src/metrics/matched-histories';
import { relativeError } from '../relative-error';
import { metricFixtures as fixtures } from '../fixtures/metrics/fixtures';
import { intervalWords } from '../../src/wording';

describe('Clopper-Pearson', () => {
  it('is statsmodels’ beta method', () => {
    for (const { successes, trials, interval } of fixtures.clopperPearson) {
      const found = clopperPearson(successes, trials);
      expect(found.estimate).toBe(successes / trials);
      expect(found.low).toBeCloseTo(interval[0], 10);
      expect(found.high).toBeCloseTo(interval[1], 10);
    }
  });

  it('refuses what is no count', () => {
    expect(() => clopperPearson(3, 2)).toThrow('the number of successes is 3');
    expect(() => clopperPearson(0.5, 2)).toThrow('the number of successes is 0.5');
    expect(() => clopperPearson(0, 0)).toThrow('the number of trials is 0');
  });
});

describe('advantage of decisions at fixed cuts', () => {
  it('Newcombe’s interval is statsmodels’', () => {
    for (const { counts, interval } of fixtures.newcombe) {
      const found = newcombe(counts[0], counts[1], counts[2], counts[3]);
      expect(found.low).toBeCloseTo(interval[0], 12);
      expect(found.high).toBeCloseTo(interval[1], 12);
    }
  });

  it('counts decisions and maps the interval to balanced accuracy', () => {
    const decisions = Uint8Array.of(1, 1, 0, 1, 0, 0, 0);
    const counts = countDecisions(decisions, Uint8Array.of(1, 1, 1, 0, 0, 0, 0));
    expect(counts).toEqual({ truePositives: 2, members: 3, falsePositives: 1, nonMembers: 4 });
    const found = advantage(counts);
    expect(found.estimate).toBeCloseTo(2 / 3 - 1 / 4, 15);
    const accuracy = balancedAccuracy(counts);
    expect(accuracy.estimate).toBeCloseTo((2 / 3 + 3 / 4) / 2, 15);
    expect(accuracy.low).toBeCloseTo((found.low! + 1) / 2, 15);
    expect(accuracy.high).toBeCloseTo((found.high! + 1) / 2, 15);
  });
});

describe('over seeds', () => {
  const { method, baseline, mean, meanInterval, difference, differenceInterval, p, far } = fixtures.seeds;

  it('mean with t interval is scipy’s', () => {
    const found = meanOverSeeds(method);
    expect(found.estimate).toBeCloseTo(mean, 14);
    expect(found.low).toBeCloseTo(meanInterval[0], 11);
    expect(found.high).toBeCloseTo(meanInterval[1], 11);
  });

  it('paired comparison is scipy’s ttest_rel', () => {
    const found = pairedComparison(method, baseline);
    expect(found.difference.estimate).toBeCloseTo(difference, 14);
    expect(found.difference.low).toBeCloseTo(differenceInterval[0], 11);
    expect(found.difference.high).toBeCloseTo(differenceInterval[1], 11);
    expect(relativeError(found.p!, p)).toBeLessThan(1e-9);
    expect(intervalWords(found.difference.method)).toContain('paired t interval over 5 seeds');
  });

  it('keeps the digits of a small p', () => {
    expect(relativeError(pairedComparison(far.values[0], far.values[1]).p!, far.p)).toBeLessThan(1e-9);
  });

  it('has no interval with one seed or with seeds that all agree, and says why', () => {
    expect(meanOverSeeds([0.7])).toMatchObject({ estimate: 0.7, low: null, high: null });
    expect(meanOverSeeds([0.1, 0.1, 0.1])).toEqual({
      estimate: 0.1,
      low: null,
      high: null,
      method: { name: 'no-spread', n: 3, over: 'seeds' },
    });
    expect(pairedComparison([0.5], [0.25])).toMatchObject({
      p: null,
      difference: { estimate: 0.25, low: null },
    });
    expect(pairedComparison([1, 2], [0.5, 1.5])).toMatchObject({
      p: null,
      difference: { estimate: 0.5, low: null },
    });
  });

  it('does not take rounding for spread: equal differences are no certainty', () => {
    // 0.9 - 0.8 and 0.4 - 0.3 differ in their last bits, which would give t of 1e15 and p of 0.
    expect(0.9 - 0.8).not.toBe(0.4 - 0.3);
    expect(pairedComparison([0.9, 0.4, 0.7], [0.8, 0.3, 0.6]).p).toBeNull();
    expect(pairedComparison([0.9, 0.4, 0.7], [0.8, 0.3, 0.6 + 1e-9]).p).not.toBeNull();
  });

  it('refuses unpaired seeds and none', () => {
    expect(() => pairedComparison([1, 2], [1])).toThrow('the number of seeds is 2');
    expect(() => meanOverSeeds([])).toThrow('at least 1');
  });
});

describe('Holm', () => {
  it('is statsmodels’', () => {
    for (const item of fixtures.holm) {
      holm(item.p).forEach((p, i) => expect(relativeError(p!, item.adjusted[i])).toBeLessThan(1e-14));
    }
  });

  it('counts a missing test among the comparisons', () => {
    expect(holm([0.02, null, 0.04])).toEqual([0.06, null, 0.08]);
    expect(holm([])).toEqual([]);
  });

  it('refuses what is no probability', () => {
    expect(() => holm([0.1, 1.2])).toThrow('p-value 1 is 1.2');
    expect(() => holm([NaN])).toThrow('p-value 0 is NaN');
  });
});

describe('P1', () => {
  it('both published forms by hand', () => {
    // 2 * 0.6 * 0.8 / 1.4 and 2 * 0.6 * 0.4 / 1.0
    expect(p1FromAdvantage(0.6, 0.2)).toBeCloseTo(0.96 / 1.4, 15);
    expect(p1FromAttackAccuracy(0.6, 0.6)).toBeCloseTo(0.48, 15);
    expect(p1FromAttackAccuracy(1, 0.5)).toBeCloseTo(2 / 3, 15);
  });

  it('is 0, not NaN, when nothing is left', () => {
    expect(p1FromAdvantage(0, 1)).toBe(0);
    expect(p1FromAttackAccuracy(0, 1)).toBe(0);
  });

  it('refuses percentages and NaN', () => {
    expect(() => p1FromAdvantage(62, 0.2)).toThrow('the test accuracy is 62');
    expect(() => p1FromAdvantage(0.6, 1.2)).toThrow('the advantage is 1.2');
    expect(() => p1FromAttackAccuracy(0.6, -0.1)).toThrow('the attack accuracy is -0.1');
    expect(() => p1FromAdvantage(NaN, 0.2)).toThrow('the test accuracy is NaN');
  });
});

describe('loss summary', () => {
  it('by hand, with the population variance', () => {
    expect(lossSummary(Float64Array.of(4, 0, 2, 10))).toEqual({
      mean: 4,
      variance: 14,
      median: 3,
      q05: expect.closeTo(0.3, 12),
      q95: expect.closeTo(9.1, 12),
      max: 10,
    });
  });

  it('refuses NaN and an empty side', () => {
    expect(() => lossSummary(Float64Array.of(1, NaN))).toThrow('values[1] is NaN');
    expect(() => lossSummary([])).toThrow('at least 1');
  });
});
