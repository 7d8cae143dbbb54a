import { describe, expect, it } from 'vitest';
import { agreement, exposedRecords, nonMemberRanks } from '../../src/audit/exposed';
import { scoreHistogram } from '../../src/audit/drawn';

describe('ranks among the non-members', () => {
  it('counts lower non-members, ties half, and leaves out what is not usable', () => {
    const scores = Float64Array.of(5, 1, 2, 2, 3);
    const members = Uint8Array.of(1, 0, 0, 1, 0);
    expect(Array.from(nonMemberRanks(scores, members, undefined))).toEqual([1, 1 / 6, 0.5, 0.5, 5 / 6]);
    expect(Array.from(nonMemberRanks(scores, members, Uint8Array.of(0, 1, 1, 1, 0)))).toEqual([
      0, 0.25, 0.75, 0.75, 0,
    ]);
  });
});

describe('exposed records', () => {
  const members = Uint8Array.of(1, 1, 0, 1);
  const labels = Int32Array.of(3, 1, 2, 0);
  const attacks = [
    { name: 'a', ranks: Float64Array.of(0.5, 1, 1, 0.995) },
    { name: 'b', ranks: Float64Array.of(0.2, 0.99, 1, 0.1) },
  ];

  it('lists members only, most exposed first, with the attacks that point at them', () => {
    expect(exposedRecords(attacks, labels, members, 2)).toEqual([
      { record: 1, label: 1, member: true, rank: 0.995, attacks: ['a', 'b'] },
      { record: 3, label: 0, member: true, rank: 0.5475, attacks: ['a'] },
    ]);
  });

  it('counts the combinations of attacks', () => {
    expect(agreement(attacks, members)).toEqual({
      attacks: ['a', 'b'],
      combinations: [
        { attacks: ['a'], members: 1 },
        { attacks: ['a', 'b'], members: 1 },
      ],
    });
  });
});

describe('histogram of scores', () => {
  it('has shares that add up to one a side, with runaway scores in the outermost bins', () => {
    const scores = Float64Array.from({ length: 1000 }, (_, i) =>
      i === 0 ? -Infinity : i === 999 ? 1e300 : i,
    );
    const members = Uint8Array.from({ length: 1000 }, (_, i) => (i < 400 ? 0 : 1));
    const { edges, members: inside, nonMembers, clipped } = scoreHistogram('loss', scores, members);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(inside)).toBeCloseTo(1, 12);
    expect(sum(nonMembers)).toBeCloseTo(1, 12);
    expect(edges[0]).toBeGreaterThan(0);
    expect(edges[edges.length - 1]).toBeLessThan(1000);
    expect(clipped).toBeCloseTo(0.01, 2);
    expect(nonMembers[nonMembers.length - 1]).toBe(0);
  });

  it('bins ranks where a few scores lie far out, so that one bin does not hold nearly all', () => {
    const scores = Float64Array.from({ length: 200 }, (_, i) => (i < 10 ? -1e6 * (i + 1) : i / 200));
    const members = Uint8Array.from({ length: 200 }, (_, i) => (i < 100 ? 0 : 1));
    const found = scoreHistogram('lira', scores, members);
    expect(found.scale).toBe('rank');
    expect(found.nonMembers.slice(0, 20).every((share) => Math.abs(share - 0.05) < 1e-12)).toBe(true);
    expect(found.members.slice(20).every((share) => Math.abs(share - 0.05) < 1e-12)).toBe(true);
  });

  it('survives scores that are all equal or all infinite', () => {
    const members = Uint8Array.of(1, 0);
    expect(scoreHistogram('x', Float64Array.of(2, 2), members).members[0]).toBe(1);
    expect(scoreHistogram('x', Float64Array.of(Infinity, Infinity), members).members[39]).toBe(1);
  });
});
