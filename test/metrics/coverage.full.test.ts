import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../src/math/distributions';
import { randomStream } from '../../src/math/random';
import { auc } from '../../src/metrics/auc';
import { clopperPearson } from '../../src/metrics/clopper-pearson';
import type { Interval } from '../../src/metrics/interval';
import { newcombe } from '../../src/metrics/newcombe';
import { tprAtFprInterval } from '../../src/metrics/tpr-at-fpr';

const DRAWS = 2000;

/** P(Z <= z), by Simpson's rule on the density; good to 1e-10. */
function normalCdf(z: number): number {
  const steps = 2000;
  const h = z / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
  }
  return 0.5 + (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** Binormal scores: non-members N(0, 1), members N(shift, sd^2). */
function binormal(draw: number, m: number, n: number, shift: number, sd: number): [Float64Array, Uint8Array] {
  const stream = randomStream({ seed: 11, role: 'evaluation', purpose: 'synthetic', step: draw });
  const scores = Float64Array.from({ length: m + n }, (_, i) => {
    // Box-Muller; 1 - u is never 0.
    const z = Math.sqrt(-2 * Math.log(1 - stream.uniform())) * Math.cos(2 * Math.PI * stream.uniform());
    return i < m ? shift + sd * z : z;
  });
  return [scores, Uint8Array.from(scores, (_, i) => (i < m ? 1 : 0))];
}

/** Share of draws whose interval holds the truth. */
function coverage(truth: number, interval: (draw: number) => Interval): number {
  let held = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const { low, high } = interval(draw);
    if (low! <= truth && truth <= high!) held++;
  }
  return held / DRAWS;
}

describe('coverage of the 95 % intervals over 2,000 draws', () => {
  for (const [shift, sd] of [
    [0, 1],
    [0.5, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 2],
  ]) {
    it(`TPR at a nominal FPR, members N(${shift}, ${sd}^2), 1,000 + 1,000 records`, () => {
      for (const x of [0.01, 0.001]) {
        const truth = 1 - normalCdf((normalQuantile(1 - x) - shift) / sd);
        const share = coverage(truth, (draw) =>
          tprAtFprInterval(...binormal(draw, 1000, 1000, shift, sd), x),
        );
        console.log(`TPR at ${x}, N(${shift}, ${sd}^2): true ${truth.toFixed(4)}, coverage ${share}`);
        expect(share).toBeGreaterThanOrEqual(0.93);
      }
    });

    it(`AUC, members N(${shift}, ${sd}^2), 300 + 200 records`, () => {
      const truth = normalCdf(shift / Math.hypot(1, sd));
      const share = coverage(truth, (draw) => auc(...binormal(draw, 300, 200, shift, sd)));
      console.log(`AUC, N(${shift}, ${sd}^2): true ${truth.toFixed(4)}, coverage ${share}`);
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    });
  }

  it('rates and advantage at cuts fixed beforehand', () => {
    for (const [tpr, fpr] of [
      [0.6, 0.3],
      [0.05, 0.01],
      [0.99, 0.5],
    ]) {
      const counts = Array.from({ length: DRAWS }, (_, draw) => {
        const stream = randomStream({ seed: 12, role: 'evaluation', purpose: 'synthetic', step: draw });
        const count = (rate: number): number => {
          let hits = 0;
          for (let i = 0; i < 1000; i++) if (stream.uniform() < rate) hits++;
          return hits;
        };
        return [count(tpr), count(fpr)];
      });
      const rate = coverage(tpr, (draw) => clopperPearson(counts[draw][0], 1000));
      const advantage = coverage(tpr - fpr, (draw) => newcombe(counts[draw][0], 1000, counts[draw][1], 1000));
      console.log(`TPR ${tpr}, FPR ${fpr}: Clopper-Pearson ${rate}, Newcombe ${advantage}`);
      expect(rate).toBeGreaterThanOrEqual(0.945);
      expect(advantage).toBeGreaterThanOrEqual(0.945);
    }
  });
});
