import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend, type Backend } from '../../src/platform/backend/backend';
import { descend, memguardFilter, memguardNoise, noiseLoss } from '../../src/defenses/memguard';
import {
  memberLogit,
  trainAttackNetwork,
  type AttackNetwork,
  type DenseLayer,
} from '../../src/defenses/memguard-network';
import { randomStream } from '../../src/platform/math/random';
import { logSoftmax, topClass } from '../../src/signals/log-softmax';

interface Fixture {
  layers: { weights: number[][]; biases: number[] }[];
  cases: { p: number[]; z: number[]; c3: number; value: number; gradient: number[] }[];
  paths: { start: number[]; before: number; steps: number; after: number; z: number[] }[];
}
const fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'defenses', 'memguard.json'), 'utf8'),
) as Fixture;
const network = fixture.layers.map(({ weights, biases }): DenseLayer => {
  return {
    inputs: weights.length,
    outputs: biases.length,
    weights: Float64Array.from(weights.flat()),
    biases: Float64Array.from(biases),
  };
});
const key = { seed: 4, role: 'target', index: 0 } as const;
const classes = 5;

/** Rows of logits of two kinds: sure ones and unsure ones. */
function logits(rows: number, scale: number, step: number): Float32Array {
  const stream = randomStream({ seed: 9, role: 'data', purpose: 'synthetic', step });
  return Float32Array.from({ length: rows * classes }, () => scale * (stream.uniform() - 0.5));
}

describe("MemGuard's loss", () => {
  it('has the value and gradient that PyTorch gives, with the prediction in place and lost', () => {
    for (const { p, z, c3, value, gradient } of fixture.cases) {
      const own = noiseLoss(network, Float64Array.from(z), Float64Array.from(p), 4, { c2: 10, c3 });
      expect(own.value).toBeCloseTo(value, 10);
      own.gradient.forEach((each, k) => expect(each).toBeCloseTo(gradient[k], 10));
    }
  });

  it('is walked down step for step as in PyTorch', () => {
    for (const { start, before, z, steps } of fixture.paths) {
      const from = Float64Array.from(start);
      const p = logSoftmax({ n: 1, classes, logits: from }).map(Math.exp);
      expect(memberLogit(network, p)).toBeCloseTo(before, 9);
      const weights = { c2: 10, c3: 0.1 };
      const end = descend(network, from, weights, 300)!;
      end.forEach((each, k) => expect(each).toBeCloseTo(z[k], 8));
      // One step fewer does not get there.
      expect(descend(network, from, weights, steps)).toBeUndefined();
    }
  });
});

describe("MemGuard's noise", () => {
  let backend: Backend;
  let trained: AttackNetwork;
  const members = logits(120, 16, 1);
  const others = logits(90, 6, 2);
  const asked = logits(80, 12, 3);
  const sorted = (rows: Float32Array): Float32Array => {
    const out = Float32Array.from(logSoftmax({ n: rows.length / classes, classes, logits: rows }), Math.exp);
    for (let i = 0; i < out.length; i += classes) out.subarray(i, i + classes).sort();
    return out;
  };
  const training = { hidden: [16, 8], epochs: 40, batchSize: 32, rate: 0.01, key };
  beforeAll(async () => {
    backend = await openBackend();
    trained = trainAttackNetwork(backend.tf, sorted(members), sorted(others), classes, training);
  });

  it('comes from a network that tells members from others, of the same bits each time, and leaves no tensor', () => {
    const before = backend.tf.memory().numTensors;
    const again = trainAttackNetwork(backend.tf, sorted(members), sorted(others), classes, training);
    expect(again).toEqual(trained);
    expect(backend.tf.memory().numTensors).toBe(before);
    const mean = (rows: Float32Array): number => {
      let sum = 0;
      for (let i = 0; i < rows.length; i += classes)
        sum += Number(memberLogit(trained, Float64Array.from(sorted(rows).subarray(i, i + classes))) > 0);
      return (sum * classes) / rows.length;
    };
    expect(mean(logits(200, 16, 5))).toBeGreaterThan(mean(logits(200, 6, 6)) + 0.3);
  });

  it.each([0, 0.1, 0.5, 1, 2])('keeps the budget %d and the prediction on every row', (budget) => {
    const rows = logSoftmax({ n: 80, classes, logits: asked });
    let added = 0;
    for (let i = 0; i < rows.length; i += classes) {
      const row = rows.subarray(i, i + classes);
      const { noisy, distortion, probability } = memguardNoise(trained, row, { budget, steps: 300 });
      expect(probability * distortion).toBeLessThanOrEqual(budget + 1e-12);
      if (probability === 0) continue;
      added++;
      expect(topClass(noisy, 0, classes)).toBe(topClass(row, 0, classes));
      const s = Array.from(noisy, Math.exp);
      const sum = s.reduce((a, b) => a + b, 0);
      const moved = s.reduce((total, each, k) => total + Math.abs(each / sum - Math.exp(row[k])), 0);
      expect(distortion).toBeCloseTo(moved, 10);
    }
    if (budget === 0) expect(added).toBe(0);
    else expect(added).toBeGreaterThan(20);
  });

  it('is added as often as its probability says, over many keys', () => {
    const row = asked.subarray(0, classes);
    const budget = 0.2;
    const { probability } = memguardNoise(trained, logSoftmax({ n: 1, classes, logits: row }), {
      budget,
      steps: 300,
    });
    expect(probability).toBeGreaterThan(0);
    const draws = 300;
    let added = 0;
    const plain = memguardFilter(trained, { classes, key }, { budget: 0, steps: 1 })(row, row);
    for (let seed = 0; seed < draws; seed++) {
      const filter = memguardFilter(trained, { classes, key: { ...key, seed } }, { budget, steps: 300 });
      if (filter(row, row).some((value, k) => value !== plain[k])) added++;
    }
    const deviation = Math.sqrt(draws * probability * (1 - probability));
    expect(Math.abs(added - draws * probability)).toBeLessThan(4 * deviation + 1e-9);
  });

  it('is the same for the same query, alone and among others', () => {
    const filter = memguardFilter(trained, { classes, key }, { budget: 0.5, steps: 300 });
    const all = filter(asked, asked);
    for (const i of [0, 7, 79]) {
      const row = asked.slice(i * classes, (i + 1) * classes);
      expect(filter(row, row)).toEqual(all.slice(i * classes, (i + 1) * classes));
    }
  });

  it('leaves the network less sure', () => {
    const filter = memguardFilter(trained, { classes, key }, { budget: 2, steps: 300 });
    const [before, after] = [asked, filter(asked, asked)].map((rows) => {
      const p = sorted(rows);
      return Array.from({ length: 80 }, (_, i) =>
        Math.abs(memberLogit(trained, Float64Array.from(p.subarray(i * classes, (i + 1) * classes)))),
      ).reduce((a, b) => a + b, 0);
    });
    expect(after).toBeLessThan(before / 2);
  });
});
