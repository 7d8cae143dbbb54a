import { describe, expect, it } from 'vitest';
import { lossHistories, matchedHistories, type LossHistory } from '../../src/metrics/matched-histories';

/** A run whose variance is factor x mean^1.5 exactly, seen at its own epochs. */
function powerLaw(seed: number, factor: number, means: readonly number[]): LossHistory {
  return { seed, mean: means, value: means.map((mean) => factor * mean ** 1.5) };
}

describe('histories at matched mean loss', () => {
  it('recovers a ratio that is the same at every mean, whatever the epochs, with its interval', () => {
    const method = [powerLaw(1, 3, [3, 1.1, 0.4, 0.01]), powerLaw(2, 4, [3, 0.9, 0.2, 0.02])];
    const baseline = [powerLaw(2, 2, [3.2, 2, 0.05, 0.004]), powerLaw(1, 2, [2.9, 0.7, 0.03])];
    const levels = matchedHistories(method, baseline);
    expect(levels.length).toBe(9);
    for (const { mean, method: own, comparison, p } of levels) {
      expect(mean).toBeGreaterThan(0.03);
      expect(mean).toBeLessThan(2.9);
      expect(own.estimate / (Math.sqrt(12) * mean ** 1.5)).toBeCloseTo(1, 10);
      expect(comparison.estimate).toBeCloseTo(Math.sqrt(1.5 * 2), 10);
      // ln 1.5 and ln 2 as two paired differences: t(0.975, 1) = 12.706.
      const half = (12.706204736 * Math.log(2 / 1.5)) / 2;
      expect(Math.log(comparison.high! / comparison.estimate)).toBeCloseTo(half, 6);
      expect(p!).toBeGreaterThan(0.05);
    }
  });

  it('compares differences on the linear scale, with one seed without interval', () => {
    const [level] = matchedHistories(
      [{ seed: 7, mean: [4, 1], value: [-1, 1] }],
      [{ seed: 7, mean: [4, 1], value: [0, 0] }],
      { means: [2], scale: 'linear' },
    );
    expect(level.comparison.estimate).toBeCloseTo(0, 12);
    expect(level.comparison.low).toBeNull();
  });

  it('takes the first passage of a history that rises again', () => {
    const history = { seed: 1, mean: [2, 1, 1.5, 0.5], value: [1, 10, 100, 1000] };
    const [level] = matchedHistories([history], [history], { means: [1] });
    expect(level.method.estimate).toBeCloseTo(10, 10);
    expect(level.comparison.estimate).toBe(1);
  });

  it('reads a study’s runs', () => {
    const path = [1, 0.5].map((mean) => ({ memberLoss: { mean, variance: mean ** 2 } }));
    expect(lossHistories([{ seed: 3, path }])).toEqual([{ seed: 3, mean: [1, 0.5], value: [1, 0.25] }]);
  });

  it('names what is wrong', () => {
    const run = powerLaw(1, 1, [2, 1]);
    expect(() => matchedHistories([run], [run], { means: [0.5] })).toThrow(
      /the mean loss is 0.5, but is not passed by the run of seed 1, whose mean loss goes from 2 to 1/,
    );
    expect(() => matchedHistories([run], [run], { means: [3] })).toThrow('the mean loss is 3');
    expect(() => matchedHistories([run], [powerLaw(2, 1, [2, 1])])).toThrow('the method’s seeds is [1]');
    expect(() => matchedHistories([run, run], [run, run])).toThrow('each once');
    expect(() => matchedHistories([], [])).toThrow('the number of runs is 0');
    expect(() => matchedHistories([run], [powerLaw(1, 1, [0.5, 0.1])])).toThrow('must not be empty');
    expect(() => matchedHistories([{ seed: 1, mean: [1, 0], value: [1, 1] }], [run])).toThrow(
      'mean[1] of seed 1 is 0',
    );
    expect(() => matchedHistories([{ seed: 1, mean: [2, 1], value: [1, 0] }], [run])).toThrow(
      'value[1] of seed 1 is 0',
    );
    expect(() => matchedHistories([{ seed: 1, mean: [2, 1], value: [1] }], [run])).toThrow(
      'the number of values',
    );
  });
});
