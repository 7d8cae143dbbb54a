import { describe, expect, it } from 'vitest';
import { denseGradientNorms, gradientNormKinds } from '../../src/attacks/gradient-norm';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { attack } from '../../src/attacks/registry';
import { normalStream } from './normals';
import { aucEstimate } from '../../src/metrics/auc';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { fixture, largestError, setOf } from './learned-fixture';

const context = { seed: 1 };
const areaOf = (name: Parameters<typeof attack>[0], set: ReturnType<typeof memorySignalSet>): number =>
  aucEstimate(attack(name).scores(set, context).scores, set.members[set.target]);

describe('gradient norms of dense networks', () => {
  it.each(['relu', 'tanh'] as const)('%s: as by automatic differentiation in PyTorch', (activation) => {
    const { layers, x, labels, norms } = fixture.nets[activation];
    const dense = layers.map(({ weights, biases, ...sizes }) => ({
      ...sizes,
      weights: Float64Array.from(weights),
      biases: Float64Array.from(biases),
    }));
    const found = denseGradientNorms(dense, activation, Float64Array.from(x), labels);
    expect(found.kinds).toBe(gradientNormKinds.length);
    expect(largestError(found.values, norms.flat())).toBeLessThan(1e-12);
    expect(() => denseGradientNorms(dense, activation, Float64Array.from(x), [0])).toThrow(
      /there are 1 labels/,
    );
    expect(() => denseGradientNorms(dense.slice(1), activation, Float64Array.from(x), labels)).toThrow();
  });

  it('one kind or all; a norm of 0 is the surest member', () => {
    const set = memorySignalSet({
      labels: [0, 1, 0],
      members: [[1, 0, 1]],
      logits: [new Float64Array(6)],
      gradientNorms: { kinds: 2, values: Float64Array.of(1, 4, 2, 8, 0, 1) },
    });
    expect(Array.from(attack('gradient-norm', { kind: 1 }).scores(set, context).scores)).toEqual([
      -4, -8, -1,
    ]);
    const { scores } = attack('gradient-norm').scores(set, context);
    expect(scores[0]).toBeCloseTo(-Math.log(2), 12);
    expect(scores[2]).toBeGreaterThan(300);
    expect(() => attack('gradient-norm', { kind: 2 }).scores(set, context)).toThrow(/there are 2 norms/);
  });
});

describe('attacks that know the defense', () => {
  it('HAMP: ranks as scipy gives them; values play no part', () => {
    const set = setOf(fixture);
    const { scores } = attack('adaptive-hamp').scores(set, context);
    expect(largestError(scores, fixture.hamp)).toBeLessThan(1e-12);
    const other = setOf({ ...fixture, logits: fixture.logits.map((row) => row.map((z) => z ** 3 + z)) });
    expect(attack('adaptive-hamp').scores(other, context).scores).toEqual(scores);
    const { usable } = attack('adaptive-hamp', { calibrated: true }).scores(set, context);
    expect(usable?.[0]).toBe(0);
  });

  it('distillation: the ratio on all classes as numpy gives it; records without both sides are left out', () => {
    const { scores: wanted } = fixture.distillation;
    const { scores, usable } = attack('adaptive-distillation').scores(setOf(fixture.distillation), context);
    wanted.forEach((value, i) => {
      if (value === null) expect(usable?.[i]).toBe(0);
      else expect(Math.abs(scores[i] - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
    });
    expect(wanted).toContain(null);
  });

  it('SELENA: finds members whose own answer is hidden while inputs near them are not', () => {
    const n = 200;
    const [copies, models] = [3, 3];
    const normal = normalStream(8);
    const members = Array.from({ length: models }, (_, m) =>
      Uint8Array.from({ length: n }, (_v, i) => (i + m) % 2),
    );
    // Class 0 is right everywhere; records of a kind differ by 3, members' copies by 1 from the record.
    const hard = Float64Array.from({ length: n }, () => 3 * normal());
    const logits = members.map(() => new Float64Array(2 * n));
    const near = members.map(() => new Float64Array(2 * n * copies));
    members.forEach((row, m) => {
      for (let i = 0; i < n; i++) {
        logits[m][2 * i] = hard[i] + 0.3 * normal();
        for (let a = 0; a < copies; a++) near[m][2 * (i * copies + a)] = hard[i] + row[i] + 0.3 * normal();
      }
    });
    const set = memorySignalSet({
      labels: new Int32Array(n),
      members,
      logits,
      augmented: { copies, logits: near },
    });
    expect(areaOf('loss', set)).toBeLessThan(0.6);
    expect(areaOf('adaptive-selena', set)).toBeGreaterThan(0.95);
  });

  it('RelaxLoss: finds members whose losses lie about a level, between those of non-members', () => {
    const n = 300;
    const normal = normalStream(9);
    const members = [0, 1].map((m) => Uint8Array.from({ length: n }, (_, i) => (i + m) % 2));
    const logits = members.map((row) =>
      Float64Array.from({ length: 3 * n }, (_, at) => {
        const i = Math.floor(at / 3);
        if (at % 3 > 0) return row[i] === 1 ? 0 : 0.2 * normal();
        return row[i] === 1 ? 1 + 0.2 * normal() : 1 + 3 * normal();
      }),
    );
    const set = memorySignalSet({ labels: new Int32Array(n), members, logits });
    expect(Math.abs(areaOf('loss', set) - 0.5)).toBeLessThan(0.1);
    expect(areaOf('adaptive-relaxloss', set)).toBeGreaterThan(0.9);
  });

  it('each says what it knows', () => {
    const words = {
      hamp: 'HAMP runs',
      selena: 'SELENA runs',
      relaxloss: 'RelaxLoss runs',
      distillation: 'was distilled',
    };
    for (const [name, knows] of Object.entries(words)) {
      expect(attack(`adaptive-${name as keyof typeof words}`).threatModel).toContain(knows);
    }
  });
});

describe('augmentation query', () => {
  it('learns the patterns of right copies from shadow models', () => {
    const set = memorizingSet(5);
    expect(areaOf('augmentation-query', set)).toBeGreaterThan(0.9);
    const { threatModel, cost } = attack('augmentation-query');
    expect(threatModel).toContain('predicted class');
    expect(cost.queries).toBe('1 a copy of a record');
  });

  it('is not fitted on the target: shadow models of another kind turn it round', () => {
    const set = memorizingSet(5);
    const turned = attack('augmentation-query').scores(
      {
        ...set,
        members: set.members.map((row, m) => (m === set.target ? row : row.map((flag) => 1 - flag))),
      },
      context,
    );
    expect(aucEstimate(turned.scores, set.members[0])).toBeLessThan(0.1);
  });
});
