import { beforeAll, describe, expect, it } from 'vitest';
import type { BatchLoss, LogitsLoss, ProbabilityLoss, TrueClassTensors } from '../../src/losses/loss';
import { lossOnLogits, softmaxRow } from '../../src/losses/on-logits';
import { trueClassAtLogit, trueClassOf } from '../../src/losses/probability-loss';
import { lossFromData, lossNames, losses } from '../../src/losses/registry';
import { type Backend, openBackend } from '../../src/platform/backend/backend';
import type { Tensor2D } from '../../src/platform/backend/tensor';
import { lossGradient } from '../../src/training/batch-loss';

// Whatever is registered is tested here, by differences and on tensors; nobody has to add a fixture.

const ofKind = (kind: string): string[] => lossNames.filter((name) => losses[name].kind === kind);
const optionSets = (name: string): object[] =>
  'alpha' in lossFromData(name).options
    ? [{}, { alpha: 0 }, { alpha: 1 }, { alpha: 0.3, beta: 2 }]
    : [{}, { beta: 2 }];
let backend: Backend;
beforeAll(async () => void (backend = await openBackend()));

/** (f(x + h) - f(x - h)) / 2h, or null at a kink, where the two sides differ. */
function difference(f: (x: number) => number, x: number, h: number): number | null {
  const [left, right] = [(f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h];
  return Math.abs(right - left) > 0.02 * (Math.abs(left) + Math.abs(right)) + 1e-6
    ? null
    : (left + right) / 2;
}

describe.each(ofKind('p'))('%s', (name) => {
  it('has slope, curvature, weight and its slope of its value', () => {
    for (const options of optionSets(name)) {
      const made = lossFromData(name, options) as ProbabilityLoss;
      for (const p of [0.02, 0.15, 0.33, 0.52, 0.71, 0.88, 0.97]) {
        const h = 1e-5 * Math.min(p, 1 - p);
        const pairs = [
          ['slope', difference(made.value, p, h), made.slope(p)],
          ['curvature', difference(made.slope, p, h), made.curvature(p)],
          ['weight', -p * made.slope(p), made.weight(p)],
          ['weightSlope', difference(made.weight, p, h), made.weightSlope(p)],
        ] as const;
        const scale = Math.abs(made.slope(p)) + Math.abs(made.curvature(p)) * Math.min(p, 1 - p) + 1;
        for (const [form, wanted, found] of pairs) {
          if (wanted === null) continue;
          const what = `${form} of ${made.label} at p = ${p}: ${found}, not ${wanted}`;
          expect(Math.abs(found - wanted), what).toBeLessThan((1e-4 * scale) / Math.min(p, 1 - p));
        }
      }
    }
  });

  it('computes the same on tensors, and no NaN at either end', () => {
    const points = [-200, -80, -20, -5, -1, 0.3, 2, 6, 15, 40, 120].map(trueClassAtLogit);
    const { tf } = backend;
    for (const options of optionSets(name)) {
      const made = lossFromData(name, options) as ProbabilityLoss;
      for (const p of [0, 1])
        for (const form of ['value', 'slope', 'curvature', 'weight', 'weightSlope'] as const)
          expect(made[form](p), `${form} of ${made.label} at ${p}`).not.toBeNaN();
      tf.tidy(() => {
        const of = (key: 'p' | 'q' | 'u') => tf.tensor1d(points.map((at) => at[key]));
        const at: TrueClassTensors = { p: of('p'), q: of('q'), u: of('u') };
        const [values, weights] = [made.values(at).dataSync(), made.weights(at).dataSync()];
        points.forEach((point, i) => {
          const [value, weight] = [made.valueAt(point), made.weightAt(point)];
          const what = `${made.label} at p = ${point.p}, q = ${point.q}`;
          expect(Math.abs(values[i] - value), `value of ${what}`).toBeLessThan(1e-5 * (Math.abs(value) + 1));
          expect(Math.abs(weights[i] - weight), `weight of ${what}`).toBeLessThan(
            1e-4 * (Math.abs(weight) + 1),
          );
          if (made.constantWeight !== null) expect(weight).toBe(made.constantWeight);
        });
      });
    }
    expect(trueClassOf(0).u).toBe(Infinity);
  });
});

const rows = [
  [0.3, -1.2, 0.5, 0.1],
  [2.1, 0.4, -0.7, 1],
  [-1, 3, 0.2, 0.6],
  [0.9, 1.1, 1.3, -2],
];
const labels = [2, 0, 1, 3];
const data = { n: rows.length, classes: 4, labels };

describe.each([...ofKind('logits'), ...ofKind('batch')])('%s', (name) => {
  it('has the gradient of its value, on numbers and on tensors', () => {
    for (const options of optionSets(name)) {
      const made = lossFromData(name, options) as LogitsLoss | BatchLoss;
      const total = (z: readonly number[]): number => lossOnLogits(made, { ...data, logits: z }).values[0];
      const flat = rows.flat();
      const { gradient, values } = lossOnLogits(made, { ...data, logits: flat });
      flat.forEach((x, k) => {
        const wanted = difference((moved) => total(flat.map((each, i) => (i === k ? moved : each))), x, 1e-5);
        if (wanted !== null)
          expect(Math.abs(gradient[k] - wanted), `${made.label}, entry ${k}`).toBeLessThan(1e-5);
      });
      backend.tf.tidy(() => {
        const { tf } = backend;
        const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), 4).toFloat() as Tensor2D;
        const found = lossGradient(tf, made, tf.tensor2d(rows), oneHot);
        expect(Math.abs(found.values.mean().dataSync()[0] - values[0])).toBeLessThan(
          1e-5 * (1 + Math.abs(values[0])),
        );
        found.logitGradient
          .dataSync()
          .forEach((each, k) => expect(Math.abs(each - gradient[k])).toBeLessThan(2e-6 * 10));
      });
    }
    expect(softmaxRow(rows[0], 2).p).toBeGreaterThan(0);
  });
});
