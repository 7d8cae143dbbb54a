import { describe, expect, it } from 'vitest';
import { inputRange } from '../../src/defenses/random-inputs';
import { defense, defenseFromData, defenseNames, leftOutDefenses } from '../../src/defenses/registry';
import { synthesize } from '../../src/defenses/data-free-distillation';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { syntheticRecords } from '../training/small-task';
import { defendedTask, expectSameBitsAfterResume } from './staged-task';

const key = { seed: 3, role: 'target', index: 0 } as const;

/** Logits of three classes: those of class k are the sum of feature k, times 4. */
const bySum =
  (size: number) =>
  (x: Float32Array): Float32Array =>
    Float32Array.from(
      { length: (x.length / size) * 3 },
      (_, at) => 4 * x[Math.floor(at / 3) * size + (at % 3)],
    );

describe('defenses that are left out', () => {
  it('are known by name, with the reason', () => {
    expect(Object.keys(leftOutDefenses)).toContain('self-supervised-features');
    expect(() => defenseFromData('self-supervised-features')).toThrow(/is left out: an encoder/);
    for (const name of Object.keys(leftOutDefenses)) expect(defenseNames).not.toContain(name);
  });
});

describe('synthetic records', () => {
  const asked = { n: 31, steps: 60, classes: 3, size: 8, key };
  const bits = inputRange(Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1), [8]);

  it('are found for each class, equally often, and look like it to the model', () => {
    const { x, y } = synthesize(bySum(8), { ...asked, range: { ...bits, binary: true } });
    expect([0, 1, 2].map((k) => y.filter((label) => label === k).length)).toEqual([11, 10, 10]);
    expect(new Set(x)).toEqual(new Set([0, 1]));
    y.forEach((label, i) =>
      expect([0, 1, 2].map((k) => x[i * 8 + k])).toEqual([0, 1, 2].map((k) => (k === label ? 1 : 0))),
    );
  });

  it('keep to the range of each feature or channel', () => {
    // Two pixels of four channels; the range is that of the channel.
    const range = inputRange(Float32Array.of(0, 10, -3, 5, 1, 12, 3, 5), [2, 1, 4]);
    const { x } = synthesize(bySum(8), { ...asked, range });
    x.forEach((value, at) => {
      expect(value).toBeGreaterThanOrEqual(range.low[at % 4]);
      expect(value).toBeLessThanOrEqual(range.high[at % 4]);
    });
    expect(new Set(x.filter((_, at) => at % 4 === 3))).toEqual(new Set([5]));
  });

  it('never become less likely with more steps, and are the same for the same key', () => {
    const range = { ...bits, binary: true };
    const at = (steps: number): number => {
      const { x, y } = synthesize(bySum(8), { ...asked, range, steps });
      const z = bySum(8)(x);
      const total = (i: number): number => [0, 1, 2].reduce((sum, k) => sum + Math.exp(z[i * 3 + k]), 0);
      return y.reduce((sum, label, i) => sum + z[i * 3 + label] - Math.log(total(i)), 0);
    };
    const scores = [0, 1, 5, 30].map(at);
    expect([...scores].sort((a, b) => a - b)).toEqual(scores);
    expect(scores[3]).toBeGreaterThan(scores[0]);
    expect(synthesize(bySum(8), { ...asked, range })).toEqual(synthesize(bySum(8), { ...asked, range }));
  });
});

describe('data-free-distillation', () => {
  it('learns from the teacher alone: members only enter through it and the range of the features', async () => {
    const made = defense('data-free-distillation', { perMember: 2, steps: 30 });
    const settings = recipe('study', { epochs: 20, batchSize: 60, milestones: [], evaluateEvery: 20 });
    const members = syntheticRecords(0, 300);
    const task = await defendedTask(made, { recipe: settings, members });
    const kept: Parameters<NonNullable<typeof task.onTeacher>>[1][] = [];
    const { state } = await train({ ...task, onTeacher: (_, each) => void kept.push(each) });
    const right = state.history[0].correct.subarray(300).reduce((sum, each) => sum + each, 0);
    expect(right).toBeGreaterThan(24);
    const strangers = { x: members.x.map((value) => 1 - value), y: members.y };
    const other = await train({ ...task, members: strangers, inference: undefined, teachers: kept });
    expect(other.state.parameters).toEqual(state.parameters);
  });

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('data-free-distillation', { steps: 5 }));
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('data-free-distillation', { perMember: 0 })).toThrow(
      /perMember is 0, but must be in/,
    );
    expect(() => defense('data-free-distillation', { steps: 1.5 })).toThrow(
      /steps is 1.5, but must be a whole/,
    );
    // @ts-expect-error the parameter is called perMember
    expect(() => defense('data-free-distillation', { records: 5 })).toThrow(/"records" is no option/);
  });
});
