import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeState } from '../../src/training/checkpoint';
import type { TrainingState } from '../../src/training/task';
import { resumedTasks } from './resumed-tasks';
import { stateOf } from './small-task';
import { encodeState, stateBits } from './state-bits';

const inChild = (name: string): string => {
  const child = join(__dirname, 'train-child.ts');
  const out = execFileSync(process.execPath, ['--require', 'tsx/cjs', child, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return /^bits (\w+)$/m.exec(out)![1];
};

describe('stopped after any epoch and gone on with, through the bytes of a checkpoint', () => {
  it.each(Object.keys(resumedTasks))('%s: the bits of the straight run', async (name) => {
    const task = await resumedTasks[name]();
    const { tf } = task.backend;
    const before = tf.memory().numTensors;
    const files: Buffer[] = [];
    const keep = (_: number, capture: () => TrainingState): void =>
      void files.push(encodeState(capture(), { name }));
    const straight = await stateOf({ ...task, onEpoch: keep });
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const resumeFrom = decodeState(file, { name }, 'checkpoint');
      expect(stateBits(await stateOf({ ...task, resumeFrom }))).toBe(stateBits(straight));
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(files.map((file) => decodeState(file, { name }, 'checkpoint').epoch)).toEqual(
      files.map((_, i) => i + 1),
    );
  });

  it.each(['adam', 'resnet20 with batch norm, crops and flips'])(
    '%s: the same bits in a child',
    async (name) => {
      expect(inChild(name)).toBe(stateBits(await stateOf(await resumedTasks[name]())));
    },
  );
});

describe('tensors', () => {
  it.each(Object.keys(resumedTasks))('%s: as many in every step, epoch and checkpoint', async (name) => {
    const task = await resumedTasks[name]();
    const { tf } = task.backend;
    const counts = { steps: new Set<number>(), epochs: new Set<number>() };
    await stateOf({
      ...task,
      // The best weights so far of an early stop are no tensors, so that these are all.
      onProgress: () => counts.steps.add(tf.memory().numTensors),
      onEpoch: (_, capture) => {
        const before = tf.memory().numTensors;
        encodeState(capture(), {});
        expect(tf.memory().numTensors).toBe(before);
        counts.epochs.add(before);
      },
    });
    expect([counts.steps.size, counts.epochs.size]).toEqual([1, 1]);
  });
});

describe('an early stop', () => {
  it('ends before the last epoch and releases the best weights', async () => {
    const task = await resumedTasks['early stop']();
    const seen: number[] = [];
    const state = await stateOf({ ...task, onEvaluation: (_, epoch) => void seen.push(epoch) });
    expect(state.best!.epoch).toBeLessThan(9);
    expect(seen.filter((epoch) => epoch > state.best!.epoch)).toHaveLength(2);
    expect(state.parameters).toEqual(state.best!.parameters);
    // The outputs are those of the released weights: the history ends with them.
    expect(state.history[state.history.length - 1].epoch).toBe(state.best!.epoch);
  });
});
