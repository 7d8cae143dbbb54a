import { describe, expect, it } from 'vitest';
import { comparedModels, type Compared } from '../../src/attacks/compared-models';
import { lessonParts } from '../../src/attacks/shadow-models';
import { halfMasks } from '../../src/data/masks';
import { randomStream } from '../../src/platform/math/random';
import { memorySignalSet, type SignalArrays } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';

/** A set with these memberships; what its models answer plays no part. */
function setOf(members: readonly Uint8Array[], more: Partial<SignalArrays> = {}): SignalSet {
  const n = members[0].length;
  return memorySignalSet({
    labels: new Int32Array(n),
    members,
    logits: members.map(() => new Float64Array(2 * n)),
    ...more,
  });
}

const coins = (n: number, models: number, share: number, seed: number): Uint8Array[] =>
  Array.from({ length: models }, (_, index) => {
    const stream = randomStream({ seed, role: 'evaluation', index, purpose: 'synthetic' });
    return Uint8Array.from({ length: n }, () => (stream.uniform() < share ? 1 : 0));
  });

/** How many in- and out-models each record is compared with. */
function countsOf(set: SignalSet, compared: Compared): { inside: number[]; outside: number[] } {
  const used = comparedModels(set, compared);
  const count = (side: number): number[] =>
    Array.from({ length: set.n }, (_, i) =>
      used.reduce((sum, row, m) => sum + (row[i] === 1 && set.members[m][i] === side ? 1 : 0), 0),
    );
  return { inside: count(1), outside: count(0) };
}

describe('the models that a record is compared with', () => {
  it.each([4, 8, 16, 64])('are M/2 - 1 of each side where each record is in half of %i models', (models) => {
    const set = setOf(halfMasks(200, models, 1));
    for (const compared of ['in- and out-models', 'out-models'] as const) {
      const { inside, outside } = countsOf(set, compared);
      expect(new Set(outside)).toEqual(new Set([models / 2 - 1]));
      expect(new Set(inside)).toEqual(new Set([compared === 'out-models' ? 0 : models / 2 - 1]));
    }
    expect(comparedModels(set, 'out-models')[set.target]).toEqual(new Uint8Array(200));
  });

  it('are the same at random for members and non-members: which stand where, of the three others of a plan of four', () => {
    const n = 60_000;
    const set = setOf(halfMasks(n, 4, 3));
    const used = comparedModels(set, 'in- and out-models');
    const outOnly = comparedModels(set, 'out-models');
    // The six ways to put one model in, one out, and one aside; and the three ways to take one out-model.
    const ways = [new Map<string, number>(), new Map<string, number>()];
    for (let i = 0; i < n; i++) {
      const at = (side: number): number =>
        used.findIndex((row, m) => row[i] === 1 && set.members[m][i] === side);
      for (const way of [`${at(1)} ${at(0)}`, `out ${outOnly.findIndex((row) => row[i] === 1)}`]) {
        const own = ways[set.members[0][i]];
        own.set(way, (own.get(way) ?? 0) + 1);
      }
    }
    for (const own of ways) {
      expect(own.size).toBe(9);
      for (const [way, count] of own) {
        const share = way.startsWith('out') ? 1 / 3 : 1 / 6;
        // 30,000 records a side; five standard deviations.
        expect(Math.abs(count / (n / 2) - share)).toBeLessThan(
          5 * Math.sqrt((share * (1 - share)) / (n / 2)),
        );
      }
    }
  });

  it('are as many of each side with independent coins, and as many out-models for all', () => {
    const set = setOf(coins(2000, 16, 0.5, 2));
    const { inside, outside } = countsOf(set, 'in- and out-models');
    expect(inside).toEqual(outside);
    expect(Math.max(...inside)).toBe(7);
    const alone = countsOf(set, 'out-models');
    expect(new Set(alone.outside)).toEqual(new Set([0, 4]));
    expect(alone.outside.filter((count) => count === 0).length).toBeLessThan(80);
  });

  it('are two numbers for all records where memberships are not dealt evenly', () => {
    const set = setOf(coins(3000, 16, 0.25, 4));
    const { inside, outside } = countsOf(set, 'in- and out-models');
    const pairs = new Set(inside.map((count, i) => `${count} ${outside[i]}`));
    expect(pairs.size).toBe(2);
    expect(pairs).toContain('0 0');
    expect(inside.filter((count) => count > 0).length).toBeGreaterThan(2000);
  });

  it('are all of a reference set without the records, and of one other model those records that it lacks', () => {
    const own = halfMasks(100, 2, 1)[0];
    const offline = setOf([own, new Uint8Array(100), new Uint8Array(100), new Uint8Array(100)]);
    expect(new Set(countsOf(offline, 'out-models').outside)).toEqual(new Set([3]));
    expect(new Set(countsOf(offline, 'in- and out-models').outside)).toEqual(new Set([0]));
    const [other] = coins(100, 1, 0.5, 9);
    expect(countsOf(setOf([own, other]), 'out-models').outside).toEqual(
      Array.from(other, (flag) => 1 - flag),
    );
  });

  it('do not include a twin or an opposite of the target while others are there', () => {
    const [own, ...others] = halfMasks(100, 4, 5);
    const opposite = own.map((flag) => 1 - flag);
    const set = setOf([own, own, opposite, ...others.slice(0, 2)]);
    const used = comparedModels(set, 'in- and out-models');
    expect(used[1].includes(1) || used[2].includes(1)).toBe(false);
    expect(used[3].includes(1)).toBe(true);
    expect(comparedModels(setOf([own, opposite]), 'out-models')[1].includes(1)).toBe(true);
  });

  it('stay with a record when its place changes, and are drawn anew for another target', () => {
    const n = 300;
    const members = halfMasks(n, 8, 6);
    const back = Int32Array.from({ length: n }, (_, i) => n - 1 - i);
    const reversed = members.map((row) => Uint8Array.from(back, (i) => row[i]));
    const straight = comparedModels(setOf(members), 'in- and out-models');
    const other = comparedModels(setOf(reversed, { recordNumbers: back }), 'in- and out-models');
    straight.forEach((row, m) => expect(Array.from(other[m])).toEqual(Array.from(back, (i) => row[i])));
    expect(comparedModels(setOf(members, { target: 1 }), 'in- and out-models')[2]).not.toEqual(straight[2]);
  });

  it('leave the records out that are not judged', () => {
    const audited = Uint8Array.from({ length: 100 }, (_, i) => (i < 40 ? 1 : 0));
    const { outside } = countsOf(setOf(halfMasks(100, 8, 7), { audited }), 'out-models');
    expect(outside).toEqual(Array.from({ length: 100 }, (_, i) => (i < 40 ? 3 : 0)));
  });
});

describe('what an attacker learns from', () => {
  it('is never the record that is scored, and each record is scored once', () => {
    const set = setOf(halfMasks(200, 4, 8));
    const parts = lessonParts(set, [1, 2, 3]);
    expect(parts).toHaveLength(2);
    parts.forEach(({ known, asked }) => expect(asked.some((i) => known.includes(i))).toBe(false));
    expect(parts.flatMap(({ asked }) => [...asked]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
    // The opposite of a shadow model's members must not be more frequent in one half than in the other.
    const shares = parts.map(({ asked }) => asked.filter((i) => set.members[0][i] === 1).length);
    expect(Math.abs(shares[0] - shares[1])).toBeLessThanOrEqual(1);
  });

  it('keeps groups together that all models hold as a whole', () => {
    const masks = halfMasks(50, 4, 9).map((row) => Uint8Array.from({ length: 200 }, (_, i) => row[i >> 2]));
    const groups = Array.from({ length: 200 }, (_, i) => `patient ${i >> 2}`);
    const [{ known }] = lessonParts(setOf(masks, { groups }), [1, 2, 3]);
    const inside = new Set(known);
    expect(known.every((i) => inside.has(4 * (i >> 2)) && inside.has(4 * (i >> 2) + 3))).toBe(true);
    expect(known).toHaveLength(100);
  });

  it('is everything where the shadow models hold none of the judged records', () => {
    const own = Uint8Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0));
    const shadow = Uint8Array.from({ length: 40 }, (_, i) => (i >= 20 && i < 30 ? 1 : 0));
    const audited = Uint8Array.from({ length: 40 }, (_, i) => (i < 20 ? 1 : 0));
    const [part, ...more] = lessonParts(setOf([own, shadow], { audited }), [1]);
    expect(more).toEqual([]);
    expect(part.known).toHaveLength(40);
    expect(lessonParts(setOf([own, shadow]), [1])).toHaveLength(2);
  });
});
