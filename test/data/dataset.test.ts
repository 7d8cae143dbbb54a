import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeFeatures, type Dataset } from '../../src/data/dataset';
import { cleanRecords, exactDuplicates } from '../../src/data/duplicates';

const bare = {
  name: 'x',
  title: 'X',
  synthetic: false,
  classes: 2,
  sha256: '',
  source: '',
  license: '',
  citation: '',
};

function pictures(channels: number, normalization?: { mean: number[]; std: number[] }): Dataset {
  const x = Uint8Array.from({ length: 2 * 2 * channels }, (_, i) => (i * 83) % 256);
  const image = { height: 1, width: 2, channels, normalization };
  return { ...bare, records: 2, features: 2 * channels, x, y: new Int32Array(2), image };
}

describe('takeFeatures', () => {
  it('divides pixels by 255 in float32, for each of the 256 values', () => {
    const x = Uint8Array.from({ length: 256 }, (_, i) => i);
    const image = { height: 16, width: 16, channels: 1 };
    const data: Dataset = { ...bare, records: 1, features: 256, x, y: new Int32Array(1), image };
    const taken = takeFeatures(data, Int32Array.of(0));
    // float32 division: the nearest float32 to the exact quotient.
    taken.forEach((value, i) => expect(value).toBe(Math.fround(i / 255)));
    expect([taken[0], taken[255]]).toEqual([0, 1]);
  });

  it('normalizes each channel by its own mean and deviation', () => {
    const normalization = { mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] };
    const data = pictures(3, normalization);
    const taken = takeFeatures(data, Int32Array.of(1, 0));
    const expected = [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5].map(
      (i) => (data.x[i] / 255 - normalization.mean[i % 3]) / normalization.std[i % 3],
    );
    taken.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
  });

  it('leaves binary features as they are', () => {
    const x = Uint8Array.of(0, 1, 1, 0);
    const data: Dataset = { ...bare, records: 2, features: 2, x, y: new Int32Array(2) };
    expect([...takeFeatures(data, Int32Array.of(1, 0))]).toEqual([1, 0, 0, 1]);
  });
});

describe('exactDuplicates', () => {
  it('finds the groups that comparing all pairs finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 2 }), { maxLength: 30 }),
        fc.boolean(),
        (rows, floats) => {
          const values = rows.flat();
          const x = floats ? Float32Array.from(values) : Uint8Array.from(values);
          const groups = new Map<string, number[]>();
          rows.forEach((row, i) => groups.set(row.join(), [...(groups.get(row.join()) ?? []), i]));
          const expected = [...groups.values()].filter(({ length }) => length > 1);
          const found = exactDuplicates({ x, records: rows.length, features: 2 });
          expect(found.map((group) => [...group])).toEqual(expected);
        },
      ),
    );
  });

  it('leaves one of each group, and no doubtful record, as clean', () => {
    const x = Uint8Array.of(5, 6, 5, 7, 5, 6);
    const doubtful = { records: Int32Array.of(0, 3), why: 'test' };
    // 5 at 0, 2, 4: the doubtful 0 is out, 2 stays. 6 at 1, 5: 1 stays. 7 at 3: doubtful.
    expect([...cleanRecords({ x, records: 6, features: 1, doubtful })]).toEqual([1, 2]);
    expect([...cleanRecords({ x, records: 6, features: 1 })]).toEqual([0, 1, 3]);
  });
});
