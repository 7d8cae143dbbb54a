import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import type { TrainingState } from '../../src/training/task';
import { train } from '../../src/training/train';
import { defendedTask, expectSameBitsAfterResume } from './defended-task';

describe('early-stopping', () => {
  it('releases the very model that the whole training has at that epoch: the schedule stays', async () => {
    const states: TrainingState[] = [];
    const onEpoch = (_: number, capture: () => TrainingState): void => void states.push(capture());
    const base = { loss: 'ccel', alpha: 0.3 } as const;
    await train(await defendedTask(defense('ccel', { alpha: 0.3 }), { onEpoch }));
    // Epoch 5 comes after the milestone of the recipe, epoch 4.
    for (const epoch of [1, 3, 5]) {
      const stopped = await train(await defendedTask(defense('early-stopping', { epoch, base })));
      expect(stopped.state.epoch).toBe(epoch);
      expect(stopped.state.parameters).toEqual(states[epoch - 1].parameters);
    }
  });

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('early-stopping', { epoch: 4 }));
  });

  it('keeps an earlier stop of the recipe, and refuses an epoch that the recipe does not have', async () => {
    const { recipe } = await defendedTask(defense('ce'));
    const early = defense('early-stopping', { epoch: 4 }).recipe!;
    expect(early({ ...recipe, stopAfter: 2 })).toMatchObject({ stopAfter: 2, epochs: 6 });
    const late = defense('early-stopping', { epoch: 7 }).recipe!;
    expect(() => late(recipe)).toThrow(/epoch is 7, but must be at most 6, the epochs of the recipe/);
  });

  it('refuses epochs that are none', () => {
    expect(() => defense('early-stopping', { epoch: 0 })).toThrow(/a whole number of at least 1/);
    expect(() => defense('early-stopping', { epoch: 2.5 })).toThrow(/a whole number of at least 1/);
    // @ts-expect-error the parameter is called epoch
    expect(() => defense('early-stopping', { epochs: 3 })).toThrow(/Did you mean "epoch"/);
  });

  it('names itself and its loss', () => {
    expect(defense('early-stopping', { epoch: 3 }).label).toBe('Early stopping (epoch 3)');
    expect(defense('early-stopping', { epoch: 3, base: { loss: 'ccel' } }).label).toMatch(
      /^Early stopping \(epoch 3\) \+ CCEL/,
    );
  });
});
