import { describe, expect, it } from 'vitest';
import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';
import { membershipByCategory } from '../../src/metrics/independence';
import { membershipByScore, shiftTest, type ReferenceScores } from '../../src/metrics/shift';
import { relativeError } from '../relative-error';
import { statisticsFixtures as fixtures } from '../fixtures/metrics/statistics';

describe('membership against a category', () => {
  it('is scipy’s chi-square test of the table', () => {
    for (const { counts, statistic, p } of fixtures.chiSquare.tables) {
      const categories: string[] = [];
      const members: number[] = [];
      counts.forEach(([outside, inside], k) => {
        for (let i = 0; i < outside + inside; i++) {
          categories.push(`group ${k}`);
          members.push(i < inside ? 1 : 0);
        }
      });
      const found = membershipByCategory(categories, Uint8Array.from(members));
      expect(found.statistic).toBeCloseTo(statistic, 9);
      expect(relativeError(found.pValue!, p)).toBeLessThan(1e-9);
      expect(found.degreesOfFreedom).toBe(counts.length - 1);
    }
  });

  it('permutes the membership where a count is small, and comes near all memberships', () => {
    const { categories, members, statistic, p } = fixtures.chiSquare.sparse;
    const found = membershipByCategory(Int32Array.from(categories), Uint8Array.from(members));
    expect(found.statistic).toBeCloseTo(statistic, 12);
    // 9,999 permutations: a standard error of at most 0.005
    expect(Math.abs(found.pValue! - p)).toBeLessThan(0.02);
    expect(found.method).toContain('9999 permutations');
  });

  it('has no test within one category, and refuses other lengths', () => {
    expect(membershipByCategory(['a', 'a'], Uint8Array.of(1, 0)).pValue).toBeNull();
    expect(() => membershipByCategory(['a'], Uint8Array.of(1, 0))).toThrow('the number of categories is 1');
  });
});

/** Reference models that memorize what they hold; records have their own hardness, which members share in part. */
function references(seed: number, shift: number, models = 4, n = 600): [ReferenceScores[], Uint8Array] {
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
  const members = Uint8Array.from({ length: n }, () => stream.below(2));
  const hardness = new Float64Array(n);
  fillNormals(hardness, stream);
  members.forEach((member, i) => (hardness[i] += shift * member));
  const all = Array.from({ length: models }, () => {
    const held = Uint8Array.from({ length: n }, () => stream.below(2));
    const noise = new Float64Array(n);
    fillNormals(noise, stream);
    return { held, scores: noise.map((value, i) => value + hardness[i] + 3 * held[i]) };
  });
  return [all, members];
}

describe('leak or shift', () => {
  it('the rank test is scipy’s', () => {
    const { scores, members, p } = fixtures.rankTest;
    const found = membershipByScore(Float64Array.from(scores), Uint8Array.from(members));
    expect(relativeError(found.pValue, p)).toBeLessThan(1e-9);
  });

  it('sees members that stand out under models that do not know them, in both directions', () => {
    for (const shift of [0.8, -0.8]) {
      const { pValue, auc } = shiftTest(...references(1, shift));
      expect(pValue).toBeLessThan(1e-4);
      expect(Math.sign(auc!.estimate - 0.5)).toBe(Math.sign(shift));
      expect(shift > 0 ? auc!.low! > 0.5 : auc!.high! < 0.5).toBe(true);
    }
  });

  it('takes neither memorization of the references nor chance for a shift: 5 % of false alarms', () => {
    let alarms = 0;
    for (let seed = 0; seed < 200; seed++)
      if (shiftTest(...references(100 + seed, 0, 3, 120)).pValue! < 0.05) alarms++;
    // 10 expected; beyond 20 once in a thousand.
    expect(alarms).toBeLessThanOrEqual(20);
    expect(alarms).toBeGreaterThanOrEqual(2);
  });

  it('is not misled when references hold the target’s members more often', () => {
    const [all, members] = references(2, 0, 1, 2000);
    // Memorized and held just where the target holds, but for one record in ten.
    const held = members.map((member, i) => (i % 10 === 0 ? 1 - member : member));
    const scores = all[0].scores.map((score, i) => score - 3 * all[0].held[i] + 3 * held[i]);
    expect(shiftTest([{ scores, held }], members).pValue).toBeGreaterThan(0.001);
    expect(membershipByScore(scores, members).pValue).toBeLessThan(1e-50);
  });

  it('raises no false alarm where masks are balanced: members of the target are held less often by the others', () => {
    let alarms = 0;
    let bare = 0;
    for (let seed = 0; seed < 200; seed++) {
      const stream = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
      const n = 200;
      const masks = Array.from({ length: 4 }, () => new Uint8Array(n));
      for (let i = 0; i < n; i++) for (const m of stream.permutation(4).subarray(0, 2)) masks[m][i] = 1;
      const hardness = new Float64Array(n);
      fillNormals(hardness, stream);
      const all = masks.slice(1).map((held) => {
        const noise = new Float64Array(n);
        fillNormals(noise, stream);
        // What is held is nearly all alike, what is not has a long tail.
        const score = (i: number): number =>
          held[i] ? 3 + noise[i] / 2 : noise[i] / 3 - Math.exp(hardness[i]);
        return { held, scores: Float64Array.from(noise.keys(), score) };
      });
      // One model that held each record and one that did not, by lot among the three.
      const used = all.map(() => new Uint8Array(n));
      for (let i = 0; i < n; i++) {
        for (const side of [0, 1]) {
          const own = [...all.keys()].filter((m) => all[m].held[i] === side);
          used[own[stream.below(own.length)]][i] = 1;
        }
      }
      const judged = all.map((each, m) => ({ ...each, used: used[m] }));
      if (shiftTest(judged, masks[0]).pValue! < 0.05) alarms++;
      if (shiftTest(all, masks[0]).pValue !== null) bare++;
    }
    expect(alarms).toBeLessThanOrEqual(20);
    // With all three, no member of the target is judged as any non-member is.
    expect(bare).toBe(0);
  });

  it('goes over groups where these were dealt as a whole: records that resemble each other are no independent evidence', () => {
    let [alarms, alone] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const stream = randomStream({ seed: 300 + seed, role: 'evaluation', purpose: 'synthetic' });
      const groups = 40;
      const [own, hardness] = [
        Array.from({ length: groups }, () => stream.below(2)),
        new Float64Array(groups),
      ];
      fillNormals(hardness, stream);
      const n = groups * 5;
      const members = Uint8Array.from({ length: n }, (_, i) => own[Math.floor(i / 5)]);
      const noise = new Float64Array(n);
      fillNormals(noise, stream);
      const scores = noise.map((value, i) => value + 2 * hardness[Math.floor(i / 5)]);
      const units = { of: Uint32Array.from(members, (_, i) => Math.floor(i / 5)), count: groups };
      const references = [{ scores, held: new Uint8Array(n) }];
      if (shiftTest(references, members, units).pValue! < 0.05) alarms++;
      if (shiftTest(references, members).pValue! < 0.05) alone++;
    }
    expect(alarms).toBeLessThanOrEqual(20);
    expect(alarms).toBeGreaterThanOrEqual(2);
    expect(alone).toBeGreaterThan(50);
  });

  it('says that it cannot test with one reference trained on all that the target was not', () => {
    const [[{ scores }], members] = references(4, 1, 1);
    const found = shiftTest([{ scores, held: members.map((member) => 1 - member) }], members);
    expect(found).toMatchObject({ auc: null, pValue: null });
    expect(found.method).toContain('not testable');
  });

  it('refuses what it cannot use', () => {
    const [all, members] = references(3, 0);
    expect(() => shiftTest([], members)).toThrow('Without another model this cannot be tested');
    expect(() => shiftTest([{ ...all[0], held: new Uint8Array(3) }], members)).toThrow('of reference 0');
    const scores = all[0].scores.slice();
    scores[7] = NaN;
    expect(() => shiftTest([{ ...all[0], scores }], members)).toThrow('scores[7] of reference 0 is NaN');
  });
});
