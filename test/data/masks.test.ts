import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyRecord, halfMasks, halfMasksAmong, maskedRecords } from '../../src/data/masks';

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);
const size = (mask: Uint8Array): number => mask.reduce((sum, member) => sum + member, 0);
const columnSums = (masks: readonly Uint8Array[]): number[] =>
  Array.from(masks[0], (_, record) => masks.reduce((sum, mask) => sum + mask[record], 0));

const plan = fc
  .integer({ min: 1, max: 6 })
  .chain((half) =>
    fc.tuple(
      fc.constant(2 * half),
      fc.integer({ min: 2 * half, max: 150 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    ),
  );

describe('halfMasks', () => {
  it('puts each record into exactly half of the models, which differ in size by at most one', () => {
    fc.assert(
      fc.property(plan, ([models, records, seed]) => {
        const masks = halfMasks(records, models, seed);
        expect(masks.length).toBe(models);
        expect(columnSums(masks).every((count) => count === models / 2)).toBe(true);
        expect(spread(masks.map(size))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives each model half of each class when stratified, to one record, and sizes still differ by at most one', () => {
    const labels = fc.array(fc.integer({ min: 2, max: 15 }), { minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(
        labels,
        fc.constantFrom(2, 4, 8),
        fc.integer({ min: 0, max: 99 }),
        (sizes, models, seed) => {
          const y = Int32Array.from(sizes.flatMap((count, label) => Array<number>(count).fill(label)));
          const masks = halfMasksAmong(everyRecord(y.length), y.length, models, seed, y);
          expect(columnSums(masks).every((count) => count === models / 2)).toBe(true);
          expect(spread(masks.map(size))).toBeLessThanOrEqual(1);
          sizes.forEach((_, label) => {
            const counts = masks.map(
              (mask) => maskedRecords(mask).filter((record) => y[record] === label).length,
            );
            expect(spread(counts)).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });

  it('leaves memberships of two records, and of two models, as good as independent', () => {
    const masks = halfMasks(4000, 16, 7);
    // Two models: both have a record with probability (M/2 - 1) / (2 (M - 1)) = 7/30, standard error 0.0067.
    const both = maskedRecords(masks[3]).filter((record) => masks[11][record] === 1).length / 4000;
    expect(Math.abs(both - 7 / 30)).toBeLessThan(0.027);
    // Neighboring records: how many models have both is hypergeometric with mean 4 and variance 16/15.
    let sum = 0;
    let squares = 0;
    for (let record = 0; record < 4000; record += 2) {
      const shared = masks.filter((mask) => mask[record] === 1 && mask[record + 1] === 1).length;
      sum += shared;
      squares += (shared - 4) ** 2;
    }
    expect(Math.abs(sum / 2000 - 4)).toBeLessThan(0.1);
    expect(Math.abs(squares / 2000 - 16 / 15)).toBeLessThan(0.15);
  });

  it('depends on the seed alone, and still plans as it first did', () => {
    const hash = createHash('sha256');
    halfMasks(501, 8, 1).forEach((mask) => hash.update(mask));
    expect(hash.digest('hex').slice(0, 16)).toBe('bc8be9ef1d98542b');
    expect(halfMasks(100, 4, 1)).toEqual(halfMasks(100, 4, 1));
    expect(halfMasks(100, 4, 1)).not.toEqual(halfMasks(100, 4, 2));
  });

  it('refuses an odd number of models, too few records, and classes that cannot be halved', () => {
    expect(() => halfMasks(100, 7, 1)).toThrow(/models is 7, but must be an even whole number/);
    expect(() => halfMasks(100, 0, 1)).toThrow(/models is 0/);
    expect(() => halfMasks(100, 2.5, 1)).toThrow(/models is 2.5/);
    expect(() => halfMasks(15, 16, 1)).toThrow(
      /records is 15, but must be .* at least the number of models \(16\)/,
    );
    expect(() => halfMasks(Number.NaN, 2, 1)).toThrow(/records is NaN/);
    const stratified = (y: Int32Array): Uint8Array[] =>
      halfMasksAmong(everyRecord(y.length), y.length, 2, 1, y);
    expect(() => stratified(Int32Array.of(0, 0, 0, 2))).toThrow(/records of class 2 is 1/);
    expect(() => stratified(Int32Array.of(-1, -1))).toThrow(/label of record 0 is -1/);
    expect(() => halfMasks(100, 4, -1)).toThrow(/seed is -1/);
  });
});
