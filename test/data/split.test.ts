import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedRecords } from '../../src/data/masks';
import { split, splitFromData, splitQuarters, splitRevision, type SplitName } from '../../src/data/split';
import { checkParts } from '../../src/data/split-parts';

const parts = (records: number, seed: number, shadow = 0): Int32Array[] =>
  Object.values(splitQuarters(records, seed, shadow)) as Int32Array[];

describe('splitQuarters', () => {
  it('makes four disjoint parts of equal size for any number of records and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 300 }), fc.integer({ min: 0, max: 1000 }), (records, seed) => {
        const all = parts(records, seed);
        const size = Math.floor(records / 4);
        expect(all.map(({ length }) => length)).toEqual([size, size, size, size]);
        const seen = new Set(all.flatMap((part) => [...part]));
        expect(seen.size).toBe(4 * size);
        expect([...seen].every((record) => record >= 0 && record < records)).toBe(true);
      }),
    );
  });

  it('depends on the seed, and on nothing else', () => {
    expect(parts(100, 1)).toEqual(parts(100, 1));
    expect(parts(100, 1)).not.toEqual(parts(100, 2));
  });

  it('deals further shadows from the same half, which no target record ever enters', () => {
    const first = splitQuarters(200, 3, 0);
    const second = splitQuarters(200, 3, 1);
    expect(second.targetMembers).toEqual(first.targetMembers);
    expect(second.shadowMembers).not.toEqual(first.shadowMembers);
    const pool = ({ shadowMembers, shadowNonMembers }: typeof first): number[] =>
      [...shadowMembers, ...shadowNonMembers].sort((a, b) => a - b);
    expect(pool(second)).toEqual(pool(first));
  });

  it('still deals as revision 1 did: whoever changes it raises splitRevision', () => {
    const hash = createHash('sha256');
    [0, 1].forEach((shadow) => parts(5010, 1, shadow).forEach((part) => hash.update(part)));
    expect([splitRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, '306e049772dc0066']);
  });

  it('deals parts of the size that is asked for, from everywhere, disjoint and by the seed', () => {
    const small = (seed: number) => splitFromData('fifths', { size: 7 }).deal({ records: 1000 }, seed);
    const dealt = Object.values(small(1)) as Int32Array[];
    expect(dealt.map(({ length }) => length)).toEqual([7, 7, 7, 7, 7]);
    const all = dealt.flatMap((part) => [...part]);
    expect(new Set(all).size).toBe(35);
    expect([Math.min(...all) < 200, Math.max(...all) > 800]).toEqual([true, true]);
    expect(small(1)).toEqual(small(1));
    expect(small(1)).not.toEqual(small(2));
  });

  it('keeps target records from further shadows with a size, and both sides of the official boundary', () => {
    const sized = split('quarters', { size: 20 });
    const [first, second] = [0, 1].map((shadow) => sized.deal({ records: 200 }, 3, shadow));
    expect(second.targetMembers).toEqual(first.targetMembers);
    const pool = ({ shadowMembers, shadowNonMembers }: typeof first): number[] =>
      [...shadowMembers, ...shadowNonMembers].sort((a, b) => a - b);
    expect(pool(second)).toEqual(pool(first));
    const { targetMembers, targetNonMembers } = split('official', { size: 5 }).deal(
      { records: 60, officialTrain: 40 },
      1,
    );
    expect([targetMembers.length, targetNonMembers.length]).toEqual([5, 5]);
    expect([Math.max(...targetMembers) < 40, Math.min(...targetNonMembers) >= 40]).toEqual([true, true]);
  });

  it('refuses a size that the records do not give, naming the largest', () => {
    expect(() => splitFromData('quarters', { size: 26 }).deal({ records: 100 }, 1)).toThrow(
      /size of the parts of the split is 26, but must be at most 25, a quarter of the 100 records/,
    );
    expect(() => splitFromData('quarters', { size: 0 })).toThrow(/size is 0[\s\S]*at least 1/i);
  });

  it('refuses fewer than four records', () => {
    expect(() => splitQuarters(3, 1)).toThrow(/records is 3, but must be at least 4/);
  });
});

/** Labels with classes of unequal size, each at least `least`. */
const labelled = (least: number) =>
  fc.array(fc.integer({ min: least, max: least + 12 }), { minLength: 1, maxLength: 6 }).map((sizes) => {
    const y = Int32Array.from(sizes.flatMap((size, label) => Array<number>(size).fill(label)));
    return { records: y.length, y, classes: sizes.length };
  });
const partNames: SplitName[] = ['quarters', 'fifths', 'sixths'];
const countOf = (y: Int32Array, part: Int32Array, label: number): number =>
  part.filter((record) => y[record] === label).length;
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe('split', () => {
  it('deals parts of equal size that share no record, whatever the split, the seed and the shadow', () => {
    const input = fc.record({
      name: fc.constantFrom(...partNames),
      records: fc.integer({ min: 6, max: 200 }),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      shadow: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(input, ({ name, records, seed, shadow }) => {
        const dealt = Object.values(split(name as 'fifths').deal({ records }, seed, shadow)) as Int32Array[];
        expect(dealt.length).toBe({ quarters: 4, fifths: 5, sixths: 6 }[name as 'fifths']);
        for (const part of dealt) {
          expect(part.length).toBe(Math.floor(records / dealt.length));
          expect([...part]).toEqual([...part].sort((a, b) => a - b));
        }
        const all = dealt.flatMap((part) => [...part]);
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((record) => record >= 0 && record < records)).toBe(true);
      }),
    );
  });

  it('gives each part the same share of each class when stratified, to one record', () => {
    const input = fc.tuple(
      fc.constantFrom(...partNames),
      labelled(6),
      fc.integer({ min: 0, max: 99 }),
      fc.integer({ min: 0, max: 2 }),
    );
    fc.assert(
      fc.property(input, ([name, data, seed, shadow]) => {
        const deal = split(name as 'fifths', { stratified: true }).deal(data, seed, shadow);
        const parts = Object.values(deal) as Int32Array[];
        expect(spread(parts.map(({ length }) => length))).toBe(0);
        for (let label = 0; label < data.classes; label++) {
          // A further shadow deals again what the first deal gave, so there the shares of two deals add up.
          const most = shadow === 0 ? 1 : 2;
          expect(spread(parts.map((part) => countOf(data.y, part, label)))).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('leaves doubtful records to nobody', () => {
    const doubtful = { records: Int32Array.of(0, 5, 9), why: 'test' };
    const parts = Object.values(split('quarters').deal({ records: 43, doubtful }, 1)) as Int32Array[];
    expect(parts.map(({ length }) => length)).toEqual([10, 10, 10, 10]);
    expect(parts.some((part) => [0, 5, 9].some((record) => part.includes(record)))).toBe(false);
    const { masks, pool } = split('halves', { models: 4 }).deal({ records: 43, doubtful }, 1);
    expect(pool.length).toBe(40);
    expect(masks.map((mask) => maskedRecords(mask).length)).toEqual([20, 20, 20, 20]);
    expect(masks.every((mask) => mask[0] + mask[5] + mask[9] === 0)).toBe(true);
  });

  it('deals the records of a pool only, and checks it', () => {
    const pool = Int32Array.from({ length: 21 }, (_, i) => 2 * i + 1);
    const parts = Object.values(split('quarters').deal({ records: 43, pool }, 1)) as Int32Array[];
    expect(parts.map(({ length }) => length)).toEqual([5, 5, 5, 5]);
    expect(parts.every((part) => part.every((record) => record % 2 === 1))).toBe(true);
    const deal = (...records: number[]) =>
      split('quarters').deal({ records: 43, pool: Int32Array.from(records) }, 1);
    expect(() => deal(1, 2, 3, 3)).toThrow(/a record in the pool is 3, but must be there only once/);
    expect(() => deal(1, 2, 3, 43)).toThrow(/a record in the pool is 43/);
  });

  it('keeps shadow models away from the records of the target in every split', () => {
    for (const name of partNames) {
      const first = split(name as 'sixths').deal({ records: 120 }, 3, 0);
      const second = split(name as 'sixths').deal({ records: 120 }, 3, 2);
      const others = (deal: typeof first): number[] =>
        Object.entries(deal)
          .filter(([part]) => part.startsWith('shadow'))
          .flatMap(([, part]) => [...(part as Int32Array)])
          .sort((a, b) => a - b);
      expect(second.targetMembers).toEqual(first.targetMembers);
      expect(second.shadowMembers).not.toEqual(first.shadowMembers);
      expect(others(second)).toEqual(others(first));
    }
  });

  it('takes members from the official training part and non-members from the test part', () => {
    const parts = split('official').deal({ records: 60, officialTrain: 50 }, 1);
    expect(Object.values(parts).map((part: Int32Array) => part.length)).toEqual([25, 5, 25, 5]);
    expect(Math.max(...parts.targetMembers, ...parts.shadowMembers)).toBeLessThan(50);
    expect(Math.min(...parts.targetNonMembers, ...parts.shadowNonMembers)).toBeGreaterThanOrEqual(50);
    expect(() => split('official').deal({ records: 60 }, 1)).toThrow(
      /official boundary.*undefined.*Use quarters/,
    );
    expect(() => split('official').deal({ records: 60, officialTrain: 50 }, 1, 1)).toThrow(
      /shadow index is 1/,
    );
  });

  it('deals masks among fewer records if a size is asked for', () => {
    const { masks, pool } = split('halves', { models: 6, size: 20 }).deal({ records: 90 }, 4);
    expect([pool.length, new Set(pool).size]).toEqual([40, 40]);
    for (const mask of masks) expect(maskedRecords(mask).length).toBe(20);
    const inModels = Array.from({ length: 90 }, (_, i) => masks.filter((mask) => mask[i] === 1).length);
    expect(inModels).toEqual(Array.from({ length: 90 }, (_, i) => (pool.includes(i) ? 3 : 0)));
    expect(() => split('halves', { models: 6, size: 46 }).deal({ records: 90 }, 4)).toThrow(
      /at most 45, a half/,
    );
  });

  it('deals masks for many models under the name halves', () => {
    const y = Int32Array.from({ length: 90 }, (_, i) => i % 3);
    const { masks } = split('halves', { models: 6, stratified: true }).deal({ records: 90, y }, 4);
    for (let record = 0; record < 90; record++) {
      expect(masks.filter((mask) => mask[record] === 1).length).toBe(3);
    }
    for (const mask of masks) {
      for (const label of [0, 1, 2]) expect(countOf(y, maskedRecords(mask), label)).toBe(15);
    }
  });

  it('names what is wrong: split, option, labels, classes that are too small', () => {
    expect(() => splitFromData('fourths')).toThrow(/"fourths" is no split.*Known: quarters/);
    expect(() => splitFromData('quarters', { stratify: true })).toThrow(/Did you mean "stratified"/);
    expect(() => splitFromData('halves', { models: 7 })).toThrow(/models is 7, but must be even/);
    expect(() => splitFromData('halves')).toThrow(/models/);
    const y = Int32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    const deal = () => split('quarters', { stratified: true }).deal({ records: 11, y }, 1);
    expect(deal).toThrow(/number of records of class 1 is 3, but must be at least 4/);
    expect(() => split('quarters', { stratified: true }).deal({ records: 11 }, 1)).toThrow(
      /labels is undefined/,
    );
    expect(() => split('sixths').deal({ records: 5 }, 1)).toThrow(/records is 5, but must be at least 6/);
    expect(() => split('quarters').deal({ records: 40 }, 1, -1)).toThrow(/model index is -1/);
    expect(() => split('quarters').deal({ records: 40 }, -1)).toThrow(/seed is -1/);
    expect(() => split('quarters').deal({ records: 4.5 }, 1)).toThrow(/records is 4.5/);
  });

  it('deals all splits as revision 1 did', () => {
    const y = Int32Array.from({ length: 500 }, (_, i) => i % 7);
    const data = { records: 500, y, officialTrain: 400 };
    const hash = createHash('sha256');
    for (const stratified of [false, true]) {
      for (const name of [...partNames, 'official'] as const) {
        const parts = splitFromData(name, { stratified }).deal(data, 1) as unknown as Record<
          string,
          Int32Array
        >;
        Object.values(parts).forEach((part) => hash.update(part));
      }
      split('halves', { models: 4, stratified })
        .deal(data, 1)
        .masks.forEach((mask) => hash.update(mask));
    }
    expect([splitRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, 'c8b8018d39e4b4f8']);
  });
});

describe('checkParts', () => {
  it('finds a record that is dealt twice, one that does not exist, and parts of unequal size', () => {
    const parts = { members: Int32Array.of(0, 1, 2), others: Int32Array.of(3, 4, 5) };
    expect(() => checkParts(parts, 6, 3)).not.toThrow();
    expect(() => checkParts({ ...parts, others: Int32Array.of(3, 2, 5) }, 6)).toThrow(
      /a record in others is 2, but must not be in members as well/,
    );
    expect(() => checkParts({ ...parts, others: Int32Array.of(3, 3) }, 6)).toThrow(
      /is 3, but must be there only once/,
    );
    expect(() => checkParts(parts, 5)).toThrow(
      /a record in others is 5, but must be a record number, 0 to 4/,
    );
    expect(() => checkParts({ ...parts, others: Int32Array.of(-1) }, 6)).toThrow(/is -1/);
    expect(() => checkParts({ ...parts, others: Int32Array.of(3) }, 6, 3)).toThrow(
      /records in others is 1, but must be 3/,
    );
    expect(() => checkParts({ members: new Int32Array(0) }, 6)).toThrow(/must be at least 1/);
  });
});
