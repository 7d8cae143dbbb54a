import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EpochRecord, recordEpoch } from '../../src/attacks/epochs';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { randomStream } from '../../src/platform/math/random';
import type { ModelSignals } from '../../src/signals/signal-set';
import { learningRateAt, recipe } from '../../src/training/recipe';
import type { TrainingState } from '../../src/training/task';
import { train } from '../../src/training/train';
import { smallTask, stateOf } from './small-task';

function bits({ parameters, slots, history, outputs }: TrainingState): string {
  const hash = createHash('sha256');
  for (const array of [
    ...parameters,
    ...slots.velocity,
    outputs,
    ...history.flatMap((e) => [e.losses, e.correct]),
  ]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest('hex');
}

describe('train', () => {
  it('gives the same bits twice, and other bits with another seed or loss', async () => {
    const first = bits(await stateOf(await smallTask()));
    expect(bits(await stateOf(await smallTask()))).toBe(first);
    expect(bits(await stateOf(await smallTask({ key: { seed: 6, role: 'target', index: 0 } })))).not.toBe(
      first,
    );
    expect(bits(await stateOf(await smallTask({ loss: loss('ccel') })))).not.toBe(first);
  });

  it('goes on from any checkpoint to the very bits of the straight run', async () => {
    const states: TrainingState[] = [];
    const straight = await stateOf(await smallTask({ onEpoch: (_, capture) => void states.push(capture()) }));
    expect(states.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    for (const resumeFrom of states) {
      expect(bits(await stateOf(await smallTask({ resumeFrom })))).toBe(bits(straight));
    }
  });

  it('learns: members end with a smaller loss than they start with', async () => {
    const { history } = await stateOf(await smallTask());
    const mean = (losses: Float64Array): number => losses.subarray(0, 50).reduce((a, b) => a + b, 0) / 50;
    expect(mean(history[2].losses)).toBeLessThan(mean(history[0].losses));
  });

  it('hands out the outputs of every evaluated epoch, from which an epoch can be recorded', async () => {
    const records: EpochRecord[] = [];
    const onEvaluation = (signals: ModelSignals, epoch: number): void =>
      void records.push(recordEpoch(signals, epoch));
    const { history } = await stateOf(await smallTask({ onEvaluation }));
    expect(records.map(({ epoch }) => epoch)).toEqual([2, 4, 6]);
    const memberLosses = history[2].losses.subarray(0, 50);
    expect(records[2].members.loss.mean).toBeCloseTo(memberLosses.reduce((a, b) => a + b, 0) / 50, 12);
  });

  it('leaves no tensor behind, whether it ends, diverges or is interrupted', async () => {
    const task = await smallTask();
    const { tf } = task.backend;
    const before = tf.memory().numTensors;
    await stateOf(task);
    expect(tf.memory().numTensors).toBe(before);
    await expect(
      train({ ...task, recipe: recipe('study', { learningRate: 1e30, batchSize: 20 }) }),
    ).rejects.toThrow(/diverged/);
    expect(tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await expect(train({ ...task, signal: controller.signal, onProgress })).rejects.toThrow(/interrupted/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stops when numbers run away, and says epoch and learning rate', async () => {
    const task = await smallTask({ recipe: recipe('study', { learningRate: 1e30, batchSize: 20 }) });
    await expect(train(task)).rejects.toThrow(
      /diverged .*epoch \d.*: the loss is (NaN|Infinity) at learning rate 1e\+30/,
    );
  });

  it('stops at NaN in the data', async () => {
    const task = await smallTask();
    const x = Float32Array.from(task.members.x);
    x[3] = Number.NaN;
    await expect(train({ ...task, members: { ...task.members, x } })).rejects.toThrow(
      /diverged at epoch 1, step \d \(a batch of 20 records: .*the loss is NaN/,
    );
  });
});

describe('pairing by streams', () => {
  const network = model('mlp', { features: 12, hidden: [16, 8], classes: 3 });
  const target = { seed: 5, role: 'target', index: 0 } as const;
  const shadow = { seed: 5, role: 'shadow', index: 0 } as const;

  it('target and shadow start from different weights', () => {
    const [a] = network.initial(target).parameters;
    const [b] = network.initial(shadow).parameters;
    expect(a.filter((weight, i) => weight === b[i]).length).toBe(0);
  });

  it('target and shadow see their records in different orders, and each epoch has its own', () => {
    const order = (key: typeof target | typeof shadow, epoch: number): string =>
      randomStream({ ...key, purpose: 'order', epoch })
        .permutation(50)
        .join();
    const orders = [order(target, 1), order(target, 2), order(shadow, 1), order(shadow, 2)];
    expect(new Set(orders).size).toBe(4);
  });

  it('CE and CCEL of one seed start from the same weights and see the same first batch', async () => {
    const firstLoss = async (name: 'ce' | 'ccel'): Promise<TrainingState> => {
      // A learning rate that changes nothing in float32 shows the start weights in the evaluation.
      const frozen = recipe('study', {
        epochs: 1,
        batchSize: 20,
        learningRate: 1e-30,
        milestones: [],
        evaluateEvery: 1,
      });
      return stateOf(await smallTask({ loss: loss(name), recipe: frozen }));
    };
    const [a, b] = [await firstLoss('ce'), await firstLoss('ccel')];
    expect(Buffer.from(a.outputs.buffer).equals(Buffer.from(b.outputs.buffer))).toBe(true);
  });
});

describe('learningRateAt', () => {
  it('multiplies by 0.1 from each milestone on, as MultiStepLR does', () => {
    const settings = recipe('study');
    expect([0, 19, 20, 31, 32, 39].map((epoch) => learningRateAt(settings, epoch))).toEqual(
      [1, 1, 0.1, 0.1, 0.01, 0.01].map((factor) => expect.closeTo(0.1 * factor, 12)),
    );
  });
});

describe('recipe', () => {
  it.each([
    [{ epochs: 0 }, /training: epochs is 0, but must be at least 1/],
    [{ learningRate: -1 }, /learningRate is -1, but must be positive/],
    [{ weightDecay: -1 }, /weightDecay is -1, but must not be negative/],
    [{ momentum: 1 }, /momentum is 1, but must be in \[0, 1\)/],
    [{ epoch: 3 } as never, /"epoch" is no option of training. Did you mean "epochs"\?/],
  ])('refuses %j by value, rule and remedy', (changes, message) => {
    expect(() => recipe('study', changes)).toThrow(message);
  });
});
