import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { train } from '../../src/training/train';
import {
  defendedTask,
  expectSameBitsAfterResume,
  longRecipe,
  meanLosses,
  objectiveOn,
} from './defended-task';
import { fixture, relaxLossCases } from './relaxloss-cases';

describe('RelaxLoss against PyTorch', relaxLossCases);

describe('relaxloss', () => {
  it('flattens as for images where an input has rows and columns, else as for tables', async () => {
    const backend = await openBackend();
    const below = { ...fixture, epoch: 2 };
    const made = defense('relaxloss', { target: 2 });
    const on = async (inputShape: readonly number[]) => objectiveOn(backend, made, below, { inputShape });
    const as = async (flattening: 'images' | 'tables') =>
      objectiveOn(backend, defense('relaxloss', { target: 2, flattening }), below);
    expect(await on([32, 32, 3])).toEqual(await as('images'));
    expect(await on([600])).toEqual(await as('tables'));
  });

  it('in odd epochs has the gradient of the loss flooding, which is all that the development code has', async () => {
    const backend = await openBackend();
    for (const target of [0.2, 2]) {
      const relaxed = await objectiveOn(backend, defense('relaxloss', { target }), { ...fixture, epoch: 3 });
      const flooded = await objectiveOn(backend, defense('flooding', { level: target }), fixture);
      expect(relaxed.gradient).toEqual(flooded.gradient);
      expect(flooded.value - relaxed.value).toBeCloseTo(target, 5);
    }
  });

  it('gives the same bits after a resume at any epoch, odd or even, and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('relaxloss', { target: 1 }));
  });

  it('holds the loss of the members near its target', async () => {
    const recipe = { ...longRecipe, learningRate: 0.01 };
    const end = async (made: ReturnType<typeof defense>) =>
      meanLosses((await train(await defendedTask(made, { recipe }))).state);
    expect((await end(defense('ce'))).members).toBeLessThan(0.3);
    for (const target of [0.6, 0.9]) {
      const { members } = await end(defense('relaxloss', { target }));
      expect(members).toBeGreaterThan(0.7 * target);
      expect(members).toBeLessThan(1.2 * target);
    }
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('relaxloss', { target: -1 })).toThrow(/target is -1, but must be at least 0/);
    expect(() => defense('relaxloss', { upper: 0 })).toThrow(/upper is 0, but must be in \(0, 1\]/);
    // @ts-expect-error the parameter is called target
    expect(() => defense('relaxloss', { alpha: 1 })).toThrow(/"alpha" is no option of defense relaxloss/);
  });
});
