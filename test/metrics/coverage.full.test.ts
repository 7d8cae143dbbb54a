import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/platform/math/distributions';
import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';
import { advantageChance, largestAdvantageInterval } from '../../src/metrics/advantage';
import { auc } from '../../src/metrics/auc';
import { aucBootstrap } from '../../src/metrics/auc-bootstrap';
import { clopperPearson, newcombe } from '../../src/metrics/proportions';
import type { Interval } from '../../src/metrics/interval';
import { pooledOverModels } from '../../src/metrics/pooled-over-models';
import { positivePredictiveValue } from '../../src/metrics/precision';
import { tprAtFprInterval } from '../../src/metrics/tpr-at-fpr';
import { compareAucs, mcNemar } from '../../src/metrics/two-models';
import { binormal } from './binormal';
import { coverage, DRAWS } from './coverage';

describe('coverage of the 95 % intervals over 2,000 draws', () => {
  for (const [shift, sd] of [
    [0, 1],
    [0.5, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [1, 2],
  ]) {
    it(`TPR at a nominal FPR, members N(${shift}, ${sd}^2), 1,000 + 1,000 records`, async () => {
      for (const x of [0.01, 0.001]) {
        const truth = 1 - normalCdf((normalQuantile(1 - x) - shift) / sd);
        const share = await coverage(truth, (draw) =>
          tprAtFprInterval(...binormal(draw, 1000, 1000, shift, sd), x),
        );
        console.log(`TPR at ${x}, N(${shift}, ${sd}^2): true ${truth.toFixed(4)}, coverage ${share}`);
        expect(share).toBeGreaterThanOrEqual(0.93);
      }
    });

    it(`AUC, members N(${shift}, ${sd}^2), 300 + 200 records`, async () => {
      const truth = normalCdf(shift / Math.hypot(1, sd));
      const share = await coverage(truth, (draw) => auc(...binormal(draw, 300, 200, shift, sd)));
      console.log(`AUC, N(${shift}, ${sd}^2): true ${truth.toFixed(4)}, coverage ${share}`);
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    });
  }

  it('TPR at a nominal FPR with few members above or below the cut, where a bootstrap alone has no width', async () => {
    for (const [m, x, shift] of [
      [100, 0.01, 4.5],
      [100, 0.01, 0],
      [50, 0.02, -0.5],
      [1000, 0.1, 4],
    ]) {
      const truth = normalCdf(shift - normalQuantile(1 - x));
      const share = await coverage(truth, (draw) =>
        tprAtFprInterval(...binormal(draw, m, 1000, shift, 1), x),
      );
      console.log(`TPR at ${x}, ${m} members, shift ${shift}: true ${truth.toFixed(4)}, coverage ${share}`);
      expect(share).toBeGreaterThanOrEqual(0.95);
    }
  });

  it('rates and advantage at cuts fixed beforehand', async () => {
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
      const rate = await coverage(tpr, (draw) => clopperPearson(counts[draw][0], 1000));
      const advantage = await coverage(tpr - fpr, (draw) =>
        newcombe(counts[draw][0], 1000, counts[draw][1], 1000),
      );
      console.log(`TPR ${tpr}, FPR ${fpr}: Clopper-Pearson ${rate}, Newcombe ${advantage}`);
      expect(rate).toBeGreaterThanOrEqual(0.945);
      expect(advantage).toBeGreaterThanOrEqual(0.945);
    }
  });

  it('bootstrap of the AUC, 150 + 100 records', async () => {
    // A seed a draw: with one seed for all, the same resampling error enters each draw.
    for (const shift of [0, 1, 2]) {
      const truth = normalCdf(shift / Math.SQRT2);
      const share = await coverage(truth, (draw) =>
        aucBootstrap(...binormal(draw, 150, 100, shift, 1), { resamples: 500, seed: draw }),
      );
      console.log(`AUC bootstrap, shift ${shift}: true ${truth.toFixed(4)}, coverage ${share}`);
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    }
  }, 300_000);

  it('largest advantage over cuts, and its chance under random membership', async () => {
    const share = await coverage(2 * normalCdf(0.5) - 1, (draw) =>
      largestAdvantageInterval(...binormal(draw, 500, 500, 1, 1)),
    );
    let alarms = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      if (advantageChance(...binormal(draw, 80, 120, 0, 1)).pValue <= 0.05) alarms++;
    }
    console.log(`largest advantage: coverage ${share}; false alarms at 5 %: ${alarms / DRAWS}`);
    expect(share).toBeGreaterThanOrEqual(0.945);
    expect(alarms / DRAWS).toBeLessThanOrEqual(0.065);
    expect(alarms / DRAWS).toBeGreaterThan(0.03);
  });

  it('PPV at a prior, AUCs of two models, McNemar', async () => {
    const ppv = await coverage(0.5 / (0.5 + 0.1), (draw) => {
      const stream = randomStream({ seed: 13, role: 'evaluation', purpose: 'synthetic', step: draw });
      const count = (rate: number): number => {
        let hits = 0;
        for (let i = 0; i < 200; i++) if (stream.uniform() < rate) hits++;
        return hits;
      };
      const counts = { truePositives: count(0.5), members: 200, falsePositives: count(0.1), nonMembers: 200 };
      return positivePredictiveValue(counts, 0.5);
    });
    const pairs = (draw: number): [Float64Array, Float64Array, Uint8Array] => {
      const [shared, members] = binormal(draw, 150, 150, 0, 1);
      const [first] = binormal(DRAWS + draw, 150, 150, 0, 1);
      const [second] = binormal(2 * DRAWS + draw, 150, 150, 0, 1);
      const score = (noise: Float64Array, shift: number): Float64Array =>
        noise.map((value, i) => (value + shared[i]) / Math.SQRT2 + shift * members[i]);
      return [score(first, 1), score(second, 0.5), members];
    };
    const difference = normalCdf(1 / Math.SQRT2) - normalCdf(0.5 / Math.SQRT2);
    const deLong = await coverage(difference, (draw) => compareAucs(...pairs(draw)).difference);
    const right = normalCdf(0.5) - normalCdf(0.25);
    const paired = await coverage(right, (draw) => {
      const [first, second, members] = pairs(draw);
      const answers = (scores: Float64Array, cut: number): Uint8Array =>
        Uint8Array.from(scores, (score, i) => ((score >= cut ? 1 : 0) === members[i] ? 1 : 0));
      return mcNemar(answers(first, 0.5), answers(second, 0.25)).difference;
    });
    console.log(`PPV ${ppv}, DeLong of two models ${deLong}, Bonett-Price ${paired}`);
    expect(ppv).toBeGreaterThanOrEqual(0.945);
    for (const share of [deLong, paired]) {
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    }
  });

  it('AUC pooled over models, with random records and models', async () => {
    for (const models of [5, 16]) {
      // Score = hardness of the record + bias of the model + 1 for members + noise: variances 1, 1/4, 1 around N(1, .).
      const truth = normalCdf(1 / Math.sqrt(2 * 2.25));
      const pooled = (draw: number): Interval => {
        const stream = randomStream({ seed: 14, role: 'evaluation', purpose: 'synthetic', step: draw });
        const [hardness, bias] = [new Float64Array(100), new Float64Array(models)];
        fillNormals(hardness, stream);
        fillNormals(bias, stream);
        const members = Array.from(bias, () => Uint8Array.from(hardness, () => stream.below(2)));
        const scores = members.map((flags, m) => {
          const noise = new Float64Array(100);
          fillNormals(noise, stream);
          return noise.map((value, i) => value + hardness[i] + bias[m] / 2 + flags[i]);
        });
        return pooledOverModels({ scores, members }, [], { resamples: 300, seed: draw }).auc;
      };
      const share = await coverage(truth, pooled, 500);
      console.log(`AUC pooled over ${models} models: coverage ${share}`);
      expect(share).toBeGreaterThanOrEqual(0.93);
    }
  }, 300_000);
});
