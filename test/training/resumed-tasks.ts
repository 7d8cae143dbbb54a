import { augmentationFromData } from '../../src/data/augmentation';
import { defense } from '../../src/defenses/registry';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { randomStream } from '../../src/platform/math/random';
import { type LoopTraining } from '../../src/training/defense';
import { lossOnBatch, plainGradient } from '../../src/training/batch-loss';
import { recipe, type RecipeChanges } from '../../src/training/recipe';
import type { Records } from '../../src/training/records';
import type { TrainingTask } from '../../src/training/task';
import { smallTask, syntheticRecords } from './small-task';

const settings = (changes: RecipeChanges = {}): TrainingTask['recipe'] =>
  recipe('study', { epochs: 6, batchSize: 20, milestones: [4], evaluateEvery: 2, ...changes });

/** Random pictures of 8 x 8 whose class shows in the brightness. */
export function pictures(step: number, n = 24): Records {
  const stream = randomStream({ seed: 2, role: 'data', purpose: 'synthetic', step });
  const y = Int32Array.from({ length: n }, () => stream.below(3));
  const x = Float32Array.from(
    { length: n * 192 },
    (_, i) => stream.uniform() + y[Math.floor(i / 192)] / 3 - 0.8,
  );
  return { x, y };
}

const image = { height: 8, width: 8, channels: 3 };

/** A task on pictures, with crop and flip. */
export async function pictureTask(name: 'cnn' | 'resnet20'): Promise<TrainingTask> {
  const shape = { input: [8, 8, 3] as [number, number, number], classes: 3 };
  return {
    backend: await openBackend(),
    network:
      name === 'cnn'
        ? model('cnn', { ...shape, channels: [4, 6], hidden: 8, dropout: 0.3 })
        : model('resnet20', shape),
    defense: defense('ce'),
    recipe: settings({ epochs: 3, batchSize: 10, evaluateEvery: 1, learningRate: 0.02 }),
    members: pictures(0),
    nonMembers: pictures(1),
    augmentation: augmentationFromData('crop-flip', { padding: 2 }),
    image,
    key: { seed: 5, role: 'target', index: 0 },
  };
}

/** A defense that keeps something between epochs, on which its gradients depend: a running mean of the loss. */
const remembering: LoopTraining = {
  loop({ state }) {
    const kept = Float32Array.from(state?.mean ?? [1]);
    const ce = lossOnBatch(loss('ce'));
    return {
      gradient: (step) =>
        plainGradient(step, (tf, batch) => {
          const { values, logitGradient } = ce(tf, batch);
          kept[0] = 0.9 * kept[0] + 0.1 * values.mean().dataSync()[0];
          return { values, logitGradient: logitGradient.mul(kept[0]) };
        }),
      state: () => ({ mean: kept.slice() }),
    };
  },
};

/** One task of each kind whose resume must give the bits of the straight run. */
export const resumedTasks: Readonly<Record<string, () => Promise<TrainingTask>>> = {
  sgd: () => smallTask({ loss: loss('ccel'), recipe: settings() }),
  nesterov: () => smallTask({ recipe: settings({ nesterov: true, schedule: 'cosine' }) }),
  adam: () => smallTask({ recipe: settings({ optimizer: 'adam', learningRate: 0.01, gradientClip: 0.5 }) }),
  'moving average': () => smallTask({ recipe: settings({ ema: 0.8 }) }),
  'early stop': () =>
    smallTask({
      // At this rate the inference loss rises soon.
      recipe: settings({
        epochs: 9,
        patience: 2,
        evaluateEvery: 1,
        learningRate: 0.5,
        milestones: [],
        ema: 0.5,
      }),
      inference: syntheticRecords(2),
    }),
  dropout: async () =>
    smallTask({
      recipe: settings(),
      network: model('mlp', { features: 12, hidden: [16, 8], classes: 3, dropout: 0.5 }),
    }),
  'a defense with state': () =>
    smallTask({ recipe: settings(), defense: { ...defense('ce'), training: () => remembering } }),
  'cnn with crops and flips': () => pictureTask('cnn'),
  'resnet20 with batch norm, crops and flips': () => pictureTask('resnet20'),
};
