import { describe, expect, it } from 'vitest';
import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';
import { smallestDetectableAuc, smallestDetectableExposure } from '../../src/metrics/detectable-effect';
import { leakTest, type LeakTest } from '../../src/metrics/leak-test';
import { normalQuantile } from '../../src/platform/math/distributions';

const level = 0.01;
const permutations = 999;

interface Leak {
  /** Members fully exposed. */
  readonly exposed?: number;
  /** Added to every member's score. */
  readonly shift?: number;
}

/** Scores of `attacks` related attacks (correlation 1/2); the leak is in the first. */
function simulated(draw: number, m: number, n: number, attacks: number, leak: Leak): LeakTest {
  const members = Uint8Array.from({ length: m + n }, (_, i) => (i < m ? 1 : 0));
  const normals = new Float64Array((attacks + 1) * (m + n));
  fillNormals(normals, randomStream({ seed: 21, role: 'evaluation', purpose: 'synthetic', step: draw }));
  const { exposed = 0, shift = 0 } = leak;
  const scorings = Array.from({ length: attacks }, (_, a) => ({
    scores: Float64Array.from(members, (member, i) => {
      const noise = (normals[i] + normals[(a + 1) * (m + n) + i]) / Math.SQRT2;
      return a > 0 ? noise : i < exposed ? 10 + noise : noise + shift * member;
    }),
  }));
  return leakTest(scorings, members, { permutations, seed: draw });
}

function shareFound(audits: number, one: (draw: number) => LeakTest): number {
  let found = 0;
  for (let draw = 0; draw < audits; draw++) if (one(draw).evidence[0].correctedPValue < level) found++;
  return found / audits;
}

describe('power of the leak test', () => {
  it('finds 1.5 % of 2,000 members fully exposed, which the AUC alone does not show', () => {
    const audits = 10;
    const tests = Array.from({ length: audits }, (_, draw) =>
      simulated(draw, 2000, 2000, 3, { exposed: 30 }),
    );
    expect(tests.filter(({ evidence }) => evidence[0].correctedPValue < level).length).toBe(audits);
    const byAuc = tests.filter(({ evidence }) =>
      evidence.some(({ statistic, correctedPValue }) => statistic === 'auc' && correctedPValue < level),
    );
    expect(byAuc.length).toBeLessThan(3);
  });

  it('sees the smallest effects that it names in 80 % of the audits', () => {
    const [m, n] = [200, 200];
    const critical = Math.exp(-simulated(0, m, n, 3, {}).critical(level));
    const sizes = { members: m, nonMembers: n, power: 0.8 };
    const area = smallestDetectableAuc({ ...sizes, error: critical / 2 });
    const shift = Math.SQRT2 * normalQuantile(area);
    const ranking = shareFound(60, (draw) => simulated(1000 + draw, m, n, 3, { shift }));
    const shares = [0, 0.01].map((fpr) => smallestDetectableExposure(fpr, { ...sizes, error: critical })!);
    const exposed = Math.round(Math.min(...shares) * m);
    const [tail, less] = [exposed, exposed - 3].map((count) =>
      shareFound(60, (draw) => simulated(2000 + draw, m, n, 3, { exposed: count })),
    );
    // Standard error of a share of 60: 0.05. Whole members are exposed, so the share jumps.
    expect(ranking).toBeGreaterThan(0.64);
    expect(ranking).toBeLessThan(0.95);
    expect(tail).toBeGreaterThan(0.64);
    expect(less).toBeLessThan(0.8);
  });

  it('raises a false alarm in one audit of a hundred', () => {
    const share = shareFound(200, (draw) => simulated(5000 + draw, 100, 100, 4, {}));
    // Eight or more of 200 have a chance of 1e-3 at 1 %.
    expect(share).toBeLessThan(0.04);
  });
});
