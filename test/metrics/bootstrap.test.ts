import { describe, expect, it } from 'vitest';
import { auc } from '../../src/metrics/auc';
import { aucBootstrap } from '../../src/metrics/auc-bootstrap';
import { pooledOverModels } from '../../src/metrics/pooled-over-models';
import { statisticsFixtures } from '../fixtures/metrics/statistics';
import { binormal } from './binormal';
import { intervalWords } from '../../src/wording';

const { single, pooled } = statisticsFixtures.bootstraps;
const scores = Float64Array.from(single.scores);
const members = Uint8Array.from(single.members);
const pool = {
  scores: pooled.scores.map((row) => Float64Array.from(row)),
  members: pooled.members.map((row) => Uint8Array.from(row)),
};

describe('bootstrap of the AUC', () => {
  it('is scipy’s BCa bootstrap', () => {
    const found = aucBootstrap(scores, members, { resamples: 20000 });
    expect(found.estimate).toBe(auc(scores, members).estimate);
    // A percentile of 20,000 draws has a standard error of about 0.019 standard deviations, on either side.
    expect(Math.abs(found.low! - single.interval[0])).toBeLessThan(0.1 * single.spread);
    expect(Math.abs(found.high! - single.interval[1])).toBeLessThan(0.1 * single.spread);
  });

  it('agrees with DeLong’s interval on many records', () => {
    const [many, flags] = binormal(1, 3000, 2000, 1, 1);
    const deLong = auc(many, flags);
    const found = aucBootstrap(many, flags);
    const width = deLong.high! - deLong.low!;
    expect(Math.abs(found.low! - deLong.low!)).toBeLessThan(0.1 * width);
    expect(Math.abs(found.high! - deLong.high!)).toBeLessThan(0.1 * width);
  });

  it('gives the same bits for the same seed, others for another, and ignores monotone transforms', () => {
    const first = aucBootstrap(scores, members, { seed: 3 });
    expect(aucBootstrap(scores, members, { seed: 3 })).toEqual(first);
    expect(aucBootstrap(scores, members, { seed: 4 })).not.toEqual(first);
    expect(aucBootstrap(scores.map(Math.exp), members, { seed: 3 })).toEqual(first);
  });

  it('claims no width where all resamples are alike, and refuses too few', () => {
    const apart = aucBootstrap(Float64Array.of(3, 4, 1, 2), Uint8Array.of(1, 1, 0, 0));
    expect(apart).toMatchObject({ estimate: 1, low: null, high: null });
    expect(intervalWords(apart.method)).toContain('do not overlap');
    const tied = aucBootstrap(new Float64Array(8), Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0));
    expect(tied).toMatchObject({ estimate: 0.5, low: null, high: null });
    const far = pool.scores.map((row, m) => row.map((score, i) => score + 100 * pool.members[m][i]));
    expect(pooledOverModels({ scores: far, members: pool.members }, [0.2])).toMatchObject({
      auc: { estimate: 1, low: null },
      tprAtFpr: { '0.2': { estimate: 1, low: null } },
    });
    expect(() => aucBootstrap(scores, members, { resamples: 10 })).toThrow('the number of resamples is 10');
  });
});

describe('scores pooled over models', () => {
  it('has the percentiles of brute-force resampling of records and models', () => {
    const found = pooledOverModels(pool, [0.2], { resamples: 20000 });
    expect(found.auc.estimate).toBeCloseTo(pooled.auc, 12);
    const near = (value: number | null, wanted: number): void => {
      expect(Math.abs(value! - wanted)).toBeLessThan(0.02);
    };
    near(found.auc.low, pooled.aucInterval[0]);
    near(found.auc.high, pooled.aucInterval[1]);
    near(found.tprAtFpr['0.2'].low, pooled.tprInterval[0]);
    near(found.tprAtFpr['0.2'].high, pooled.tprInterval[1]);
  });

  it('is much wider than an interval that takes all pairs for independent', () => {
    const naive = auc(Float64Array.from(pooled.scores.flat()), Uint8Array.from(pooled.members.flat()));
    const found = pooledOverModels(pool).auc;
    expect(found.high! - found.low!).toBeGreaterThan(1.3 * (naive.high! - naive.low!));
  });

  it('has no interval with few models, and none for an FPR below 10 pairs', () => {
    const four = { scores: pool.scores.slice(0, 4), members: pool.members.slice(0, 4) };
    expect(pooledOverModels(four).auc).toMatchObject({ low: null, high: null });
    expect(intervalWords(pooledOverModels(four).auc.method)).toContain('4 models');
    const coarse = pooledOverModels(pool, [0.01]).tprAtFpr['0.01'];
    expect(coarse).toMatchObject({ low: null });
    expect(intervalWords(coarse.method)).toMatch(/not resolvable; the smallest resolvable FPR is 10\/\d+/);
  });

  it('refuses models with other records', () => {
    const bad = { scores: [...pool.scores.slice(1), new Float64Array(3)], members: pool.members };
    expect(() => pooledOverModels(bad)).toThrow('the number of records of model 5 is 3');
    expect(() => pooledOverModels({ ...pool, members: [] })).toThrow('the number of models is 6');
  });
});
