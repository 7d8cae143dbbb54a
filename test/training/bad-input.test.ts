import { beforeAll, describe, expect, it } from 'vitest';
import { augmentationFromData } from '../../src/data/augmentation';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { lossDefense, lossTraining } from '../../src/training/batch-loss';
import { type Defense } from '../../src/training/defense';
import { recipe, type Recipe } from '../../src/training/recipe';
import type { TrainingState, TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';
import { pictureTask } from './resumed-tasks';
import { smallTask, stateOf, syntheticRecords } from './small-task';

const none = { x: new Float32Array(0), y: new Int32Array(0) };
const settings = (changes: Partial<Recipe>): Recipe => ({
  ...recipe('study', { epochs: 6, batchSize: 20 }),
  ...changes,
});
const needy: Defense = { ...lossDefense(loss('ce')), label: 'AdvReg', needs: ['inference'] };
const onTen: Defense = {
  ...lossDefense(loss('ce')),
  training: () => ({ ...lossTraining(loss('ce')), training: syntheticRecords(0, 10) }),
};
const mislabeled = (label: number): TrainingTask['members'] => {
  const { x, y } = syntheticRecords(0);
  return { x, y: Int32Array.from(y, (own, i) => (i === 7 ? label : own)) };
};

describe('what cannot be trained is refused before the first step', () => {
  it.each<[string, Partial<TrainingTask>, RegExp]>([
    [
      'a batch larger than the data',
      { recipe: settings({ batchSize: 51 }) },
      /the batch size is 51, but must be at most 50, the number of records to train on\. Choose a smaller one\./,
    ],
    [
      'a batch larger than another training set',
      { defense: onTen },
      /the batch size is 20, but must be at most 10/,
    ],
    [
      'a negative learning rate',
      { recipe: settings({ learningRate: -0.1 }) },
      /learningRate is -0\.1, but must/,
    ],
    [
      'a negative weight decay',
      { recipe: settings({ weightDecay: -1 }) },
      /weightDecay is -1, but must not be/,
    ],
    [
      'stopAfter behind the last epoch',
      { recipe: settings({ stopAfter: 7 }) },
      /stopAfter is 7, but must be at most 6, the number of epochs/,
    ],
    [
      'the name of a schedule in a recipe by hand',
      { recipe: settings({ schedule: 'multi_step2' as never }) },
      /schedule is "multi_step2", but must be one of multi-step, .*Make it with recipe\(/,
    ],
    [
      'no inference set for a defense that needs one',
      { defense: needy },
      /^AdvReg needs an inference set: records that are neither members nor non-members\. Give `inference`/,
    ],
    [
      'no inference set for an early stop',
      { recipe: settings({ patience: 2 }) },
      /An early stop \(patience\) looks at an inference set, and there is none\. Give `inference`/,
    ],
    ['no members', { members: none }, /number of members is 0, but must be at least 1/],
    ['no non-members', { nonMembers: none }, /number of nonMembers is 0/],
    ['an empty inference set', { inference: none }, /number of inference is 0/],
    [
      'a label above the classes',
      { members: mislabeled(3) },
      /label of record 7 of members is 3, but must be a class from 0 to 2/,
    ],
    ['a negative label', { nonMembers: mislabeled(-1) }, /label of record 7 of nonMembers is -1/],
    [
      'x of another length',
      { members: { ...syntheticRecords(0), x: new Float32Array(50 * 11) } },
      /length of x of members is 550, but must be 600: 50 records of 12 values/,
    ],
    [
      'an augmentation without pictures',
      { augmentation: augmentationFromData('crop-flip', {}) },
      /the augmentation is "crop-flip", but needs the size of the pictures, and there is none/,
    ],
  ])('%s', async (_, changes, message) => {
    const task = await smallTask(changes);
    const before = task.backend.tf.memory().numTensors;
    const onProgress = (): never => {
      throw new Error('a step was made');
    };
    await expect(train({ ...task, onProgress })).rejects.toThrow(message);
    await expect(train(task)).rejects.toHaveProperty('name', 'UserError');
    expect(task.backend.tf.memory().numTensors).toBe(before);
  });

  it('pictures of another size than the network', async () => {
    const task = await pictureTask('cnn');
    const image = { height: 4, width: 16, channels: 3 };
    await expect(train({ ...task, image })).rejects.toThrow(
      /size of the pictures is \[4,16,3\], but must be \[8,8,3\], the input of the network/,
    );
  });

  it('milestones beyond the epochs are no error', async () => {
    const state = await stateOf(await smallTask({ recipe: settings({ epochs: 1, milestones: [40, 80] }) }));
    expect(state.epoch).toBe(1);
  });
});

describe('a state to go on from must fit', () => {
  let state: TrainingState;
  beforeAll(async () => {
    state = await stateOf(await smallTask());
  });

  it.each<[string, (state: TrainingState) => TrainingState, Partial<TrainingTask>, RegExp]>([
    [
      'another network',
      (s) => s,
      { network: model('mlp', { features: 12, hidden: [16, 9], classes: 3 }) },
      /^The state to go on from does not fit: the length of parameters 2 is 128 there and 144 here\. Go on with the network/,
    ],
    [
      'more layers',
      (s) => s,
      { network: model('mlp', { features: 12, hidden: [16, 8, 8], classes: 3 }) },
      /the number of parameters is 6 there and 8 here/,
    ],
    [
      'another optimizer',
      (s) => s,
      { recipe: settings({ optimizer: 'adam' }) },
      /running averages .*\["velocity"\] there/,
    ],
    [
      'a moving average that is not there',
      (s) => s,
      { recipe: settings({ ema: 0.9 }) },
      /false there and true here/,
    ],
    [
      'fewer epochs',
      (s) => s,
      { recipe: settings({ epochs: 5 }) },
      /the epoch is 6 there and "at most 5" here/,
    ],
    [
      'other records',
      (s) => s,
      { nonMembers: syntheticRecords(1, 40) },
      /number of evaluated records is 100 there and 90/,
    ],
    [
      'a lost velocity',
      (s) => ({ ...s, slots: { velocity: [] } }),
      {},
      /the number of velocity is 0 there and 6 here/,
    ],
  ])('%s', async (_, change, changes, message) => {
    await expect(train({ ...(await smallTask(changes)), resumeFrom: change(state) })).rejects.toThrow(
      message,
    );
  });
});
