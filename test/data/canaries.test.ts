import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atypicality } from '../../src/data/atypical';
import {
  canaryKinds,
  canaryTrainingRecords,
  planCanaries,
  withCanaries,
  type CanaryPlan,
} from '../../src/data/canaries';
import type { Dataset } from '../../src/data/dataset';
import { maskedRecords } from '../../src/data/masks';
import { randomStream } from '../../src/platform/math/random';

function toy(records: number, features = 12, classes = 4): Dataset {
  const stream = randomStream({ seed: 3, role: 'data', purpose: 'synthetic' });
  const y = Int32Array.from({ length: records }, (_, i) => i % classes);
  // Feature 0 is always 1 and feature 1 never.
  const x = Uint8Array.from({ length: records * features }, (_, i) =>
    i % features === 0 ? 1 : i % features === 1 ? 0 : stream.below(2),
  );
  const words = { source: 'test', license: 'none stated', citation: 'none' };
  return {
    name: 'toy',
    title: 'Toy',
    synthetic: true,
    records,
    features,
    classes,
    x,
    y,
    sha256: 'a'.repeat(64),
    ...words,
  };
}
const data = toy(200);
const row = ({ x }: { x: Uint8Array | Float32Array }, i: number): number[] => [
  ...x.subarray(12 * i, 12 * i + 12),
];
const placesOf = ({ kinds }: CanaryPlan, kind: string): number[] =>
  kinds.flatMap((other, i) => (other === kind ? [i] : []));
const counts = {
  mislabelled: 10,
  'out-of-distribution': 8,
  duplicated: 6,
  'duplicated-and-mislabelled': 6,
  atypical: 4,
};

describe('planCanaries', () => {
  it('puts each canary into exactly half of the models, half of each kind into each, and takes no record twice', () => {
    const some = fc.integer({ min: 0, max: 9 });
    const input = fc.tuple(
      fc
        .record(Object.fromEntries(canaryKinds.map((kind) => [kind, some])))
        .filter((c) => Object.values(c).some((n) => n > 0)),
      fc.constantFrom(2, 4, 8, 64),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    fc.assert(
      fc.property(input, ([wanted, models, seed]) => {
        const plan = planCanaries(data, { counts: wanted, models, seed });
        expect(plan.count).toBe(Object.values(wanted).reduce((sum, n) => sum + n, 0));
        expect(new Set(plan.records).size).toBe(plan.count);
        expect(plan.masks.length).toBe(models);
        for (let record = 0; record < plan.masks[0].length; record++) {
          expect(plan.masks.filter((mask) => mask[record] === 1).length).toBe(models / 2);
        }
        for (const kind of canaryKinds) {
          const places = placesOf(plan, kind);
          expect(places.length).toBe(wanted[kind]);
          const sizes = plan.masks.map((mask) => places.filter((i) => mask[i] === 1).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('changes what each kind says and nothing else', () => {
    const plan = planCanaries(data, { counts, models: 4, seed: 1, copies: 3 });
    const changed = withCanaries(data, plan);
    const untouched = Array.from(data.y.keys()).filter((record) => !plan.records.includes(record));
    for (const record of untouched) {
      expect(changed.y[record]).toBe(data.y[record]);
      expect(row(changed, record)).toEqual(row(data, record));
    }
    plan.kinds.forEach((kind, i) => {
      const record = plan.records[i];
      expect(row(changed, record)).toEqual(row(plan, i));
      expect(changed.y[record]).toBe(plan.y[i]);
      expect(plan.y[i] !== data.y[record]).toBe(
        kind.includes('mislabelled') || (kind === 'out-of-distribution' && plan.y[i] !== data.y[record]),
      );
      if (kind !== 'out-of-distribution') expect(row(changed, record)).toEqual(row(data, record));
      expect(plan.copies[i]).toBe(kind.startsWith('duplicated') ? 3 : 1);
    });
    expect(changed.sha256).not.toBe(data.sha256);
    expect(changed.title).toBe('Toy with 34 canaries');
  });

  it('draws wrong labels evenly from the other classes, and those of foreign records from all', () => {
    const big = toy(4000);
    const plan = planCanaries(big, {
      counts: { mislabelled: 1800, 'out-of-distribution': 1800 },
      models: 2,
      seed: 5,
    });
    const shift = (kind: string): number[] => {
      const found = [0, 0, 0, 0];
      for (const i of placesOf(plan, kind)) found[(plan.y[i] - big.y[plan.records[i]] + 4) % 4]++;
      return found;
    };
    const [none, ...others] = shift('mislabelled');
    expect(none).toBe(0);
    // 600 each, standard deviation 20; 450 each, standard deviation 18.
    expect(Math.max(...others.map((n) => Math.abs(n - 600)))).toBeLessThan(85);
    expect(Math.max(...shift('out-of-distribution').map((n) => Math.abs(n - 450)))).toBeLessThan(80);
  });

  it('takes foreign features from the marginals, or as whole records of the source', () => {
    const only = { 'out-of-distribution': 50 };
    const plan = planCanaries(data, { counts: only, models: 2, seed: 1 });
    expect(plan.outOfDistribution).toMatch(/marginals of Toy.*independent coins/);
    // The constant features stay what they are; that the others are mixed shows in rows that no record has.
    const rows = new Set(Array.from(data.y.keys(), (i) => row(data, i).join()));
    let mixed = 0;
    for (let i = 0; i < 50; i++) {
      expect(row(plan, i).slice(0, 2)).toEqual([1, 0]);
      if (!rows.has(row(plan, i).join())) mixed++;
    }
    expect(mixed).toBeGreaterThan(30);

    const source = {
      ...data,
      title: 'Other',
      records: 3,
      x: new Uint8Array(36).fill(2),
      y: new Int32Array(3),
    };
    const foreign = planCanaries(data, { counts: only, models: 2, seed: 1, source });
    expect(foreign.outOfDistribution).toBe('records of Other');
    expect(foreign.x.every((value) => value === 2)).toBe(true);
    expect(
      planCanaries(data, { counts: { mislabelled: 1 }, models: 2, seed: 1 }).outOfDistribution,
    ).toBeUndefined();
  });

  it('takes the least typical records, which the other kinds then leave alone', () => {
    const plan = planCanaries(data, { counts, models: 4, seed: 1 });
    const score = atypicality(data, Int32Array.from(data.y.keys()), 'class-mean');
    const chosen = placesOf(plan, 'atypical').map((i) => plan.records[i]);
    const least = Math.min(...chosen.map((record) => score[record]));
    const others = Array.from(score).filter((_, record) => !chosen.includes(record));
    expect(Math.max(...others)).toBeLessThanOrEqual(least);
  });

  it('gives a model its own canaries only, duplicated ones several times', () => {
    const plan = planCanaries(data, { counts, models: 4, seed: 1, copies: 3 });
    const everything = Int32Array.from(data.y.keys());
    for (let model = 0; model < 4; model++) {
      const training = canaryTrainingRecords(plan, model, everything);
      plan.records.forEach((record, i) => {
        const times = training.filter((other) => other === record).length;
        expect(times).toBe(plan.masks[model][i] * plan.copies[i]);
      });
      expect(training.length).toBe(
        200 - plan.count + maskedRecords(plan.masks[model]).reduce((sum, i) => sum + plan.copies[i], 0),
      );
    }
    expect(() => canaryTrainingRecords(plan, 4, everything)).toThrow(/model is 4, but must be 0 to 3/);
  });

  it('keeps to the pool, leaves doubtful records alone, and depends on the seed alone', () => {
    const pool = Int32Array.from({ length: 50 }, (_, i) => 100 + i);
    const plan = planCanaries(data, { counts, models: 4, seed: 1, pool });
    expect(plan.records.every((record) => record >= 100 && record < 150)).toBe(true);
    const doubtful = { records: Int32Array.from({ length: 150 }, (_, i) => i), why: 'test' };
    const clean = planCanaries({ ...data, doubtful }, { counts, models: 4, seed: 1 });
    expect(Math.min(...clean.records)).toBeGreaterThanOrEqual(150);
    expect(planCanaries(data, { counts, models: 4, seed: 1, pool })).toEqual(plan);
    expect(planCanaries(data, { counts, models: 4, seed: 2, pool }).records).not.toEqual(plan.records);
    const hash = createHash('sha256');
    [plan.records, plan.x, plan.y, ...plan.masks].forEach((array) => hash.update(array));
    expect(hash.digest('hex').slice(0, 16)).toBe('69acbbfea01aa970');
  });

  it('names what is wrong', () => {
    const one = { mislabelled: 1 };
    expect(() => planCanaries(data, { counts: one, models: 7, seed: 1 })).toThrow(/models is 7/);
    expect(() => planCanaries(data, { counts: {}, models: 4, seed: 1 })).toThrow(/number of canaries is 0/);
    expect(() => planCanaries(data, { counts: { mislabelled: 201 }, models: 4, seed: 1 })).toThrow(
      /is 201, but must be at most 200/,
    );
    expect(() => planCanaries(data, { counts: { mislabeled: 1 } as never, models: 4, seed: 1 })).toThrow(
      /mislabeled/,
    );
    expect(() => planCanaries(data, { counts: { mislabelled: -1 }, models: 4, seed: 1 })).toThrow(
      /mislabelled is -1/,
    );
    expect(() => planCanaries(data, { counts: one, models: 4, seed: 1, copies: 1 })).toThrow(/copies is 1/);
    expect(() => planCanaries(data, { counts: one, models: 4, seed: 1, pool: Int32Array.of(200) })).toThrow(
      /pool is 200/,
    );
    expect(() => planCanaries(data, { counts: one, models: 4, seed: 1, pool: Int32Array.of(2, 2) })).toThrow(
      /twice/,
    );
    expect(() => planCanaries(data, { counts: one, models: 4, seed: 1, source: toy(5, 9) })).toThrow(
      /features of Toy is 9/,
    );
    expect(() => planCanaries(toy(9, 12, 1), { counts: one, models: 4, seed: 1 })).toThrow(/classes is 1/);
  });
});

describe('atypicality', () => {
  const line = { features: 1, x: Float32Array.of(0, 1, 2, 10, 5), y: Int32Array.of(0, 0, 0, 0, 1) };
  const pool = Int32Array.of(0, 1, 2, 3, 4);
  it('is the distance to the mean of the others of the class', () => {
    const score = atypicality(line, pool, 'class-mean');
    const byHand = [13 / 3, 3, 5 / 3, 9];
    byHand.forEach((value, i) => expect(score[i]).toBeCloseTo(value, 12));
    expect(score[4]).toBe(Infinity);
  });
  it('is the distance to the k-th nearest neighbor of the class', () => {
    expect([...atypicality(line, pool, 'nearest-neighbors', 2)]).toEqual([2, 1, 2, 9, Infinity]);
    expect([...atypicality(line, pool, 'nearest-neighbors', 4)].every((value) => value === Infinity)).toBe(
      true,
    );
  });
  it('refuses work without end', () => {
    const big = { features: 1e6, x: new Uint8Array(0), y: new Int32Array(2000) };
    const all = Int32Array.from(big.y.keys());
    expect(() => atypicality(big, all, 'nearest-neighbors')).toThrow(/Use atypicalBy: class-mean/);
  });
});
