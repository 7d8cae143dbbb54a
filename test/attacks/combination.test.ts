import { describe, expect, it } from 'vitest';
import { combination, combine } from '../../src/attacks/combination';
import { aucNull } from '../../src/metrics/auc-null';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { attack } from '../../src/attacks/registry';
import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';
import { aucEstimate } from '../../src/metrics/auc';

const context = { seed: 1 };

function noise(n: number, step: number): Float64Array {
  const out = new Float64Array(n);
  fillNormals(out, randomStream({ seed: 5, role: 'evaluation', purpose: 'synthetic', step }));
  return out;
}

const part = (scores: Float64Array, usable?: Uint8Array) => ({
  scores,
  notes: [],
  ...(usable && { usable }),
});

describe('a combination of attacks', () => {
  it('joins ranks, whatever the scale of the parts', () => {
    const a = Float64Array.of(1, 2, 3, 4);
    const b = Float64Array.of(1e9, 1e8, 1e8, 2e9);
    // Ranks of b: 3, 1.5, 1.5, 4.
    expect(Array.from(combine([part(a), part(b)], 'mean-rank').scores)).toEqual(
      [1 + 3, 2 + 1.5, 3 + 1.5, 4 + 4].map((sum) => (sum - 1) / 8),
    );
    expect(Array.from(combine([part(a), part(b)], 'largest-rank').scores)).toEqual(
      [3, 2, 3, 4].map((rank) => (rank - 0.5) / 4),
    );
    const fisher = combine([part(a), part(b)], 'fisher').scores;
    expect(fisher[3]).toBeCloseTo(-2 * Math.log(1 / 8), 12);
    expect(Array.from(combine([part(a.map(Math.exp)), part(b.map(Math.sqrt))], 'fisher').scores)).toEqual(
      Array.from(fisher),
    );
  });

  it('scores only what every part can', () => {
    const found = combine(
      [part(Float64Array.of(9, 1, 2), Uint8Array.of(0, 1, 1)), part(Float64Array.of(5, 6, 7))],
      'mean-rank',
    );
    expect(Array.from(found.usable ?? [])).toEqual([0, 1, 1]);
    expect(Array.from(found.scores)).toEqual([0, 0.25, 0.75]);
  });

  it('beats its parts where they see different things', () => {
    const n = 2000;
    const members = Uint8Array.from({ length: n }, (_, i) => i % 2);
    const parts = [0, 1, 2].map((step) => part(noise(n, step).map((x, i) => x + 0.5 * members[i])));
    const found = aucNull([combine(parts, 'mean-rank'), ...parts], members);
    expect(found.auc[0]).toBeGreaterThan(Math.max(...found.auc.slice(1)) + 0.03);
    expect(found.pValues[0]).toBeLessThan(0.001);
  });

  it('has a null distribution that noise stays inside of as often as it says', () => {
    const n = 200;
    const members = Uint8Array.from({ length: n }, (_, i) => i % 2);
    let small = 0;
    for (let run = 0; run < 100; run++) {
      const parts = [0, 1, 2].map((k) => part(noise(n, 10 + 3 * run + k)));
      const [pValue] = aucNull([combine(parts, 'mean-rank')], members, {
        permutations: 999,
        seed: run,
      }).pValues;
      if (pValue <= 0.1) small++;
    }
    // Binomial(100, 0.1): beyond 2 .. 21 once in a thousand.
    expect(small).toBeGreaterThanOrEqual(2);
    expect(small).toBeLessThanOrEqual(21);
  });

  it('is an attack like any other, with what its parts need and know', () => {
    const joint = combination([attack('loss'), attack('rmia'), attack('population')]);
    expect([...joint.needs].sort()).toEqual(['in-models', 'out-models', 'population']);
    expect(joint.fittedOn).toBe('nothing');
    const set = memorizingSet(2);
    expect(aucEstimate(joint.scores(set, context).scores, set.members[0])).toBeGreaterThan(0.95);
    expect(combination([attack('loss-trajectory'), attack('loss')]).fittedOn).toBe('target');
    expect(() => combination([attack('loss')])).toThrow(/needs two/);
  });
});
