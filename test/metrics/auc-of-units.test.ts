import { expect, it } from 'vitest';
import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';
import { auc, aucOfUnits } from '../../src/metrics/auc';
import { leakTest } from '../../src/metrics/leak-test';
import { unitMembers, unitsOf } from '../../src/metrics/units';

/** Groups of `size` records with a common part; members shifted by 1. */
function drawn(draw: number, groups: number, size: number): [Float64Array, Uint8Array, string[]] {
  const n = groups * size;
  const normals = new Float64Array(n + groups);
  fillNormals(normals, randomStream({ seed: 31, role: 'evaluation', purpose: 'synthetic', step: draw }));
  const members = Uint8Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : 0));
  const values = Float64Array.from(
    members,
    (member, i) => normals[i] + normals[n + Math.floor(i / size)] + member,
  );
  return [values, members, Array.from(values, (_, i) => `g${Math.floor(i / size)}`)];
}

it('covers 95 % over groups, where DeLong over records does not', () => {
  // Scores differ by N(1, 4) between the sides: Phi(1 / 2).
  const truth = 0.6915;
  const audits = 300;
  let covered = 0;
  let byRecord = 0;
  for (let draw = 0; draw < audits; draw++) {
    const [scores, members, groups] = drawn(draw, 40, 10);
    const over = aucOfUnits(scores, members, unitsOf(groups));
    const plain = auc(scores, members);
    if (over.low! <= truth && truth <= over.high!) covered++;
    if (plain.low! <= truth && truth <= plain.high!) byRecord++;
  }
  expect(covered / audits).toBeGreaterThan(0.92);
  expect(byRecord / audits).toBeLessThan(0.75);
});

it('a leak test over groups raises no false alarm, where records taken for independent do', () => {
  const audits = 150;
  let alarms = 0;
  let byRecord = 0;
  for (let draw = 0; draw < audits; draw++) {
    const [scores, members, groups] = drawn(1000 + draw, 40, 10);
    const attacks = [{ scores: scores.map((score, i) => score - members[i]) }];
    const options = { permutations: 999, seed: draw };
    const over = leakTest(attacks, members, { ...options, units: unitsOf(groups) });
    if (over.evidence[0].correctedPValue < 0.01) alarms++;
    if (leakTest(attacks, members, options).evidence[0].correctedPValue < 0.01) byRecord++;
  }
  // At 1 %, six or more of 150 have a chance of 0.004.
  expect(alarms / audits).toBeLessThan(0.04);
  expect(byRecord / audits).toBeGreaterThan(0.1);
});

it('is DeLong with t where each record is its own group, and has no bounds where nothing varies', () => {
  const [scores, members] = drawn(1, 100, 4);
  const own = unitsOf(Array.from(scores, (_, i) => String(i)));
  const [over, plain] = [aucOfUnits(scores, members, own), auc(scores, members)];
  expect(over.low!).toBeCloseTo(plain.low!, 3);
  expect(over.high!).toBeCloseTo(plain.high!, 3);
  const separated = aucOfUnits(
    Float64Array.of(1, 1, 0, 0),
    Uint8Array.of(1, 1, 0, 0),
    unitsOf(['a', 'a', 'b', 'b']),
  );
  expect(separated).toMatchObject({ estimate: 1, low: null, high: null });
});

it('refuses a group with records on both sides', () => {
  expect(() => unitMembers(unitsOf(['a', 'a']), Uint8Array.of(1, 0))).toThrow('members[1] is 0');
  expect(() => unitMembers(unitsOf(['a']), Uint8Array.of(1, 0))).toThrow('the number of units is 1');
});
