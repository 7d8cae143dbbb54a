import { openBackend } from '../../src/backend/backend';
import { loss } from '../../src/losses/registry';
import { randomStream } from '../../src/math/random';
import { recipe } from '../../src/training/recipe';
import type { Records, TrainingTask } from '../../src/training/training-task';

const shape = { name: 'mlp', features: 12, hidden: [16, 8], classes: 3 } as const;

/** A synthetic task that trains in milliseconds: the class shows in three of twelve binary features, with noise. */
export async function smallTask(changes: Partial<TrainingTask> = {}): Promise<TrainingTask> {
  return {
    backend: await openBackend(),
    shape,
    loss: loss('ce'),
    recipe: recipe('study', { epochs: 6, batchSize: 20, milestones: [4], evaluateEvery: 2 }),
    members: records(0),
    nonMembers: records(1),
    key: { seed: 5, role: 'target', index: 0 },
    ...changes,
  };
}

function records(step: number): Records {
  const n = 50;
  const stream = randomStream({ seed: 1, role: 'data', purpose: 'synthetic', step });
  const y = Int32Array.from({ length: n }, () => stream.below(shape.classes));
  const x = Float32Array.from({ length: n * shape.features }, (_, i) => {
    const feature = i % shape.features;
    const signal = feature < 3 && feature === y[Math.floor(i / shape.features)];
    return stream.uniform() < (signal ? 0.8 : 0.3) ? 1 : 0;
  });
  return { x, y };
}
