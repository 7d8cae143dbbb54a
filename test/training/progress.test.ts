import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/errors';
import { loss } from '../../src/losses/registry';
import { lossDefense, lossOnBatch, plainGradient } from '../../src/training/batch-loss';
import { type Defense, type LoopTraining } from '../../src/training/defense';
import { durationText, lossText, paceText, progressLog } from '../../src/training/progress';
import type { TrainingProgress } from '../../src/training/task';
import { train } from '../../src/training/train';
import { smallTask, stateOf } from './small-task';

describe('progress', () => {
  it('tells every step, with records a second and the time left', async () => {
    const told: TrainingProgress[] = [];
    await stateOf(await smallTask({ onProgress: (progress) => void told.push(progress) }));
    expect(told.map(({ epoch, step }) => [epoch, step])).toEqual(
      [1, 2, 3, 4, 5, 6].flatMap((epoch) => [1, 2, 3].map((step) => [epoch, step])),
    );
    for (const { epochs, steps, recordsPerSecond, secondsLeft } of told) {
      expect([epochs, steps]).toEqual([6, 3]);
      expect(recordsPerSecond).toBeGreaterThan(0);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
    }
    expect(told[told.length - 1].secondsLeft).toBe(0);
    // At a steady pace it falls: at the beginning more is left than just before the end.
    expect(told[3].secondsLeft).toBeGreaterThan(told[16].secondsLeft);
  });

  it('after a resume counts what is trained here, not what was trained before', async () => {
    const task = await smallTask();
    let resumeFrom = task.resumeFrom;
    await stateOf({ ...task, onEpoch: (epoch, capture) => void (epoch === 5 && (resumeFrom = capture())) });
    const told: TrainingProgress[] = [];
    await stateOf({ ...task, resumeFrom, onProgress: (progress) => void told.push(progress) });
    expect(told.map(({ epoch }) => epoch)).toEqual([6, 6, 6]);
    // A third of the only epoch that is left: as long again, twice.
    const { secondsLeft, recordsPerSecond } = told[0];
    expect(secondsLeft * recordsPerSecond).toBeCloseTo(2 * 20, 6);
  });

  it('as a log: one line an epoch, with the mean loss of its steps', () => {
    const lines: string[] = [];
    const log = progressLog({ write: (line) => lines.push(line) });
    const at = (epoch: number, step: number, value: number, changes = {}): void =>
      log({
        ...{ epoch, epochs: 2, step, steps: 2, loss: value, recordsPerSecond: 17950.4, secondsLeft: 65 },
        ...changes,
      });
    at(1, 1, 2);
    at(1, 2, 1);
    at(2, 1, 0.5);
    at(2, 2, 0.25, { secondsLeft: 0, stage: { name: 'teacher', number: 1, of: 3 } });
    expect(lines).toEqual([
      'epoch 1/2, loss 1.5000, 17,950 records/s, 1 min 5 s left\n',
      'teacher (model 1 of 3), epoch 2/2, loss 0.3750, 17,950 records/s, 0 s left\n',
    ]);
  });

  it('says of a loss below 0 that it may be so', () => {
    expect([lossText(0.41234), lossText(-0.8842)]).toEqual([
      '0.4123',
      '-0.8842 (its concave part goes below 0)',
    ]);
  });

  it('durations in words', () => {
    expect([0, 59.4, 59.6, 3599, 3600, 7530].map(durationText)).toEqual([
      '0 s',
      '59 s',
      '1 min 0 s',
      '59 min 59 s',
      '1 h 0 min',
      '2 h 5 min',
    ]);
    expect(paceText({ recordsPerSecond: 0.4, secondsLeft: 1 })).toBe('0 records/s, 1 s left');
  });
});

const ce = lossOnBatch(loss('ce'));
const looping = (loop: LoopTraining['loop']): Defense => ({
  ...lossDefense(loss('ce')),
  training: () => ({ loop }),
});
const defenses: Record<string, Defense> = {
  'a loss': lossDefense(loss('ce')),
  'a loop': looping(() => ({ gradient: (step) => plainGradient(step, ce) })),
  'a loop in an extra pass without end': looping(() => ({
    gradient: (step) => plainGradient(step, ce),
    async afterEpoch(loop) {
      for (;;) await loop.breathe();
    },
  })),
};

describe('an AbortSignal ends training between two steps', () => {
  it.each(Object.keys(defenses))('of %s', async (name) => {
    const task = await smallTask({ defense: defenses[name] });
    const { tf } = task.backend;
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const steps: number[] = [];
    const onProgress = ({ epoch, step }: TrainingProgress): void => {
      steps.push(step);
      if (epoch === 1 && step === 3) setTimeout(() => controller.abort(), 5);
      if (name !== 'a loop in an extra pass without end' && epoch === 1 && step === 2) controller.abort();
    };
    const training = train({ ...task, onProgress, signal: controller.signal });
    await expect(training).rejects.toBeInstanceOf(Interrupted);
    await expect(training).rejects.toThrow(/^Training was interrupted at epoch 1/);
    expect(steps).toEqual(name === 'a loop in an extra pass without end' ? [1, 2, 3] : [1, 2]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that is aborted already: no step at all', async () => {
    const onProgress = (): never => {
      throw new Error('a step was made');
    };
    const signal = AbortSignal.abort();
    await expect(train(await smallTask({ onProgress, signal }))).rejects.toThrow(
      /interrupted at epoch 1, step 1/,
    );
  });
});

describe('in a notebook', () => {
  it('the interrupt of the cell ends a training that was given no signal', async () => {
    const task = await smallTask({});
    const controller = new AbortController();
    const hook = Symbol.for('ccl-lab.kernel');
    Object.defineProperty(globalThis, hook, { value: { signal: controller.signal }, configurable: true });
    try {
      controller.abort();
      await expect(train(task)).rejects.toBeInstanceOf(Interrupted);
      await expect(train({ models: [task, task] })).rejects.toBeInstanceOf(Interrupted);
      const own = new AbortController().signal;
      await expect(train({ ...task, signal: own })).resolves.toBeDefined();
    } finally {
      Reflect.deleteProperty(globalThis, hook);
    }
  });
});
