import type { Loss } from '../../src/losses/loss';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { randomStream } from '../../src/platform/math/random';
import { lossDefense } from '../../src/training/batch-loss';
import { recipe } from '../../src/training/recipe';
import type { Records } from '../../src/training/records';
import type { ModelsTask, TrainingState, TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';

const shape = { features: 12, hidden: [16, 8], classes: 3 };

/**
 * A synthetic task that trains in milliseconds: the class shows in three of twelve binary features, with noise.
 *
 * @param changes parts of the task; `loss` is short for the defense that it makes
 */
export async function smallTask({
  loss: trained = loss('ce'),
  ...changes
}: Partial<TrainingTask> & { loss?: Loss } = {}): Promise<TrainingTask> {
  return {
    backend: await openBackend(),
    network: model('mlp', shape),
    defense: lossDefense(trained),
    recipe: recipe('study', { epochs: 6, batchSize: 20, milestones: [4], evaluateEvery: 2 }),
    members: syntheticRecords(0),
    nonMembers: syntheticRecords(1),
    key: { seed: 5, role: 'target', index: 0 },
    ...changes,
  };
}

/** @param step which draw; @param n how many */
export function syntheticRecords(step: number, n = 50): Records {
  const stream = randomStream({ seed: 1, role: 'data', purpose: 'synthetic', step });
  const y = Int32Array.from({ length: n }, () => stream.below(shape.classes));
  const x = Float32Array.from({ length: n * shape.features }, (_, i) => {
    const feature = i % shape.features;
    const signal = feature < 3 && feature === y[Math.floor(i / shape.features)];
    return stream.uniform() < (signal ? 0.8 : 0.3) ? 1 : 0;
  });
  return { x, y };
}

/** The state that a training ends in. */
export async function stateOf(task: TrainingTask): Promise<TrainingState> {
  return (await train(task)).state;
}

/** The states that several models end in. */
export async function statesOf(task: ModelsTask): Promise<TrainingState[]> {
  return (await train(task)).map(({ state }) => state);
}
