import { describe, expect, it } from 'vitest';
import { compareDefenses, summarize } from '../../src/experiments/compare';
import type { DefenseResult, RunResult } from '../../src/experiments/study-result';
import { lossSummary } from '../../src/metrics/matched-histories';
import { studyVerdictWords } from '../../src/wording';

function method(key: string, values: { advantage: number; testAccuracy: number }[]): DefenseResult {
  const runs = values.map(({ advantage, testAccuracy }, i): RunResult => {
    const summary = lossSummary([1, 2]);
    const point = {
      epoch: 1,
      trainAccuracy: 1,
      testAccuracy,
      memberLoss: summary,
      nonMemberLoss: summary,
      advantage,
      auc: 0.5 + advantage / 2,
    };
    return {
      seed: i,
      block: 'b/0',
      ...point,
      attacks: [],
      lossAttack: point,
      shadows: null,
      p1: 0.5 + i / 100,
      path: [point],
      memberLosses: [],
      nonMemberLosses: [],
    };
  });
  const label = key.toUpperCase();
  return { key, name: key, options: {}, recipe: {}, title: label, label, runs, summary: summarize(runs) };
}
const seeds = (advantages: number[], accuracies: number[]): { advantage: number; testAccuracy: number }[] =>
  advantages.map((advantage, i) => ({ advantage, testAccuracy: accuracies[i] }));

const base = method('ce', seeds([0.6, 0.7, 0.65], [0.5, 0.55, 0.52]));
const verdictOf = (methods: DefenseResult[], key: string, metric: string): string | undefined =>
  compareDefenses(methods).find((c) => c.defense === key && c.metric === metric)?.verdict;

describe('compareDefenses', () => {
  it('calls a lower advantage better and a lower accuracy worse, when every seed agrees closely', () => {
    const other = method('x', seeds([0.4, 0.501, 0.449], [0.4, 0.449, 0.421]));
    expect(verdictOf([base, other], 'x', 'advantage')).toBe('better');
    expect(verdictOf([base, other], 'x', 'testAccuracy')).toBe('worse');
  });

  it('pairs by seed: the same values in another order decide nothing', () => {
    const other = method('x', seeds([0.501, 0.449, 0.4], [0.449, 0.421, 0.4]));
    expect(verdictOf([base, other], 'x', 'advantage')).toBe('not decided');
  });

  it('never decides with one seed', () => {
    const [one, two] = [method('ce', seeds([0.6], [0.5])), method('x', seeds([0.1], [0.9]))];
    expect(compareDefenses([one, two]).map(({ verdict }) => verdict)).toEqual(Array(4).fill('not decided'));
  });

  it('corrects over methods (Holm): one that is decided alone may not be among others', () => {
    // Paired t test: p = 0.037 alone; with a second method that is not decided it becomes 0.074.
    const other = method('x', seeds([0.55, 0.63, 0.61], [0.5, 0.55, 0.52]));
    const vague = method('y', seeds([0.5, 0.8, 0.65], [0.5, 0.55, 0.52]));
    expect(verdictOf([base, other], 'x', 'advantage')).toBe('better');
    expect(verdictOf([base, other, vague], 'x', 'advantage')).toBe('not decided');
  });
});

describe('studyVerdictWords', () => {
  const sentence = (...methods: DefenseResult[]): string =>
    studyVerdictWords({ defenses: methods, comparisons: compareDefenses(methods) });

  it('speaks against a method as plainly as for it', () => {
    const worse = method('x', seeds([0.8, 0.901, 0.849], [0.4, 0.449, 0.421]));
    expect(sentence(base, worse)).toBe(
      'Over 3 seeds, with X privacy is worse than with CE and test accuracy is worse than with CE.',
    );
  });

  it('says what is not decided, and groups methods that share their verdicts', () => {
    const other = method('x', seeds([0.6, 0.71, 0.63], [0.5, 0.56, 0.5]));
    const third = method('y', seeds([0.61, 0.7, 0.62], [0.51, 0.55, 0.5]));
    expect(sentence(base, other, third)).toBe(
      'Over 3 seeds, with X and Y no difference from CE in privacy or test accuracy is decided.',
    );
  });

  it('keeps a decided verdict beside one that is not', () => {
    const better = method('x', seeds([0.4, 0.501, 0.449], [0.5, 0.56, 0.5]));
    expect(sentence(base, better)).toBe(
      'Over 3 seeds, with X privacy is better than with CE and test accuracy is not decided.',
    );
  });
});
