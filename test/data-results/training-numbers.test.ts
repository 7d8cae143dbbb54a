import { describe, expect, it } from 'vitest';
import { pathOf, topShare, trainingNumbers } from '../../data/results/training-numbers';

describe('what a training does', () => {
  it('the way of the weights: there and back is long and leads nowhere', () => {
    const at = (...values: number[]): Float32Array[] => [Float32Array.from(values), new Float32Array(1)];
    const path = pathOf([at(0, 0), at(3, 4), at(0, 0), at(0, 6)]);
    expect(path).toEqual({ length: 16, distance: 6, norm: 6 });
  });

  it('the part of the largest values in the squared deviations, by hand', () => {
    // Mean 1; deviations -1 nine times and 9: squares 9 and 81.
    const values = Float64Array.from({ length: 10 }, (_, i) => (i === 3 ? 10 : 0));
    expect(topShare(values, 0.1)).toBeCloseTo(0.9, 12);
    expect(topShare(values, 0.01)).toBeCloseTo(0.9, 12);
    expect(topShare(values, 1)).toBe(1);
  });

  it('the file has the same seeds for every defense, and ways that are no shorter than the distance of their ends', () => {
    const { runs } = trainingNumbers();
    const seeds = new Map<string, number[]>();
    for (const { label, seed, path, pathBeforeDecay, memberLoss } of runs) {
      seeds.set(label, [...(seeds.get(label) ?? []), seed]);
      for (const way of [path, pathBeforeDecay]) expect(way!.length).toBeGreaterThanOrEqual(way!.distance);
      expect(memberLoss.topShare).toBeGreaterThan(0);
      expect(memberLoss.topShare).toBeLessThan(1);
    }
    expect(new Set([...seeds.values()].map((each) => each.sort().join()))).toEqual(new Set(['1,2,3']));
  });
});
