import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { model } from '../../src/models/registry';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { syntheticRecords } from '../training/small-task';
import { defendedTask, expectSameBitsAfterResume, longRecipe, meanLosses } from './defended-task';
import { mmdCases } from './mmd-cases';

describe('MMD against numpy and PyTorch', mmdCases);

describe('mixup-mmd', () => {
  const end = async (made: ReturnType<typeof defense>, changes = {}) =>
    (await train(await defendedTask(made, changes))).state;

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('mixup-mmd', { gap: 0, base: { loss: 'ccel' } }));
  });

  it('is mixup where the strength is 0, the gap too small, or the only epoch the last one', async () => {
    const mixed = (await end(defense('mixup'))).parameters;
    expect((await end(defense('mixup-mmd', { strength: 0 }))).parameters).toEqual(mixed);
    expect((await end(defense('mixup-mmd', { gap: 100 }))).parameters).toEqual(mixed);
    expect((await end(defense('mixup-mmd', { gap: 0 }))).parameters).not.toEqual(mixed);
    const changes = { recipe: recipe('study', { epochs: 1, batchSize: 20 }) };
    expect((await end(defense('mixup-mmd', { gap: 0 }), changes)).parameters).toEqual(
      (await end(defense('mixup'), changes)).parameters,
    );
  });

  it('takes as many extra steps as a pass has, in each epoch but the last', async () => {
    const { updates } = await end(defense('mixup-mmd', { gap: 0 }));
    expect(updates).toBe(6 * 3 + 5 * 3);
  });

  it('brings the losses of members and non-members closer together', async () => {
    const changes = { recipe: longRecipe };
    const free = meanLosses(await end(defense('ce'), changes));
    const close = meanLosses(await end(defense('mixup-mmd'), changes));
    expect(close.nonMembers - close.members).toBeLessThan(0.6 * (free.nonMembers - free.members));
  });

  it('leaves running statistics to mixup: batches of one class never enter them', async () => {
    const images = (step: number) => {
      const { y } = syntheticRecords(step, 24);
      const x = Float32Array.from({ length: 24 * 8 * 8 * 3 }, (_, i) => ((i * 7919) % 101) / 101);
      return { x, y };
    };
    const network = model('resnet20', { input: [8, 8, 3], classes: 3 });
    const changes = {
      network,
      members: images(0),
      nonMembers: images(1),
      inference: images(2),
      recipe: recipe('study', { epochs: 2, batchSize: 12, evaluateEvery: 2, learningRate: 1e-12 }),
    };
    const [mixed, reduced] = [
      await end(defense('mixup'), changes),
      await end(defense('mixup-mmd', { gap: 0 }), changes),
    ];
    expect(reduced.updates).toBeGreaterThan(mixed.updates);
    reduced.buffers.forEach((values, i) =>
      values.forEach((value, k) => expect(value).toBeCloseTo(mixed.buffers[i][k], 4)),
    );
  });

  it('needs an inference set, with every class that is trained on', async () => {
    const made = defense('mixup-mmd');
    await expect(end(made, { inference: undefined })).rejects.toThrow(
      /Mixup \+ MMD \(strength 1\) needs an inference set/,
    );
    const { x, y } = syntheticRecords(2);
    await expect(end(made, { inference: { x, y: y.map(() => 1) } })).rejects.toThrow(
      /there is none of class \d. Give a larger inference set/,
    );
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('mixup-mmd', { gap: -1 })).toThrow(/gap is -1, but must be in \[0, 100\]/);
    // @ts-expect-error the parameter is called strength
    expect(() => defense('mixup-mmd', { lambda: 1 })).toThrow(/"lambda" is no option/);
  });
});
