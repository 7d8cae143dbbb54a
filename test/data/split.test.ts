import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitQuarters, splitRevision } from '../../src/data/split';

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

  it('refuses fewer than four records', () => {
    expect(() => splitQuarters(3, 1)).toThrow(/records is 3, but must be at least 4/);
  });
});
