import { expect, it } from 'vitest';
import { takeFeatures, takeLabels } from '../../src/data/dataset';
import { dataset } from '../../src/data/registry';
import { splitQuarters } from '../../src/data/split';
import { loss } from '../../src/losses/registry';
import { model } from '../../src/models/registry';
import { openBackend } from '../../src/platform/backend/backend';
import { lossDefense } from '../../src/training/batch-loss';
import { recipe } from '../../src/training/recipe';
import type { Records } from '../../src/training/records';
import type { TrainingTask } from '../../src/training/task';
import { roundingDistances } from './moved-start';

it('on Location30, 20 epochs of an ensemble are no farther away than their roundings explain', async () => {
  const backend = await openBackend();
  const data = await dataset('location30');
  const tasks = Array.from({ length: 4 }, (_, index): TrainingTask => {
    const { shadowMembers, shadowNonMembers } = splitQuarters(data.records, index);
    const records = (part: Int32Array): Records => ({
      x: takeFeatures(data, part),
      y: takeLabels(data, part),
    });
    return {
      backend,
      network: model('mlp', { features: data.features, classes: data.classes }),
      defense: lossDefense(loss('ccel')),
      recipe: recipe('study', { epochs: 20, milestones: [15], evaluateEvery: 20 }),
      members: records(shadowMembers),
      nonMembers: records(shadowNonMembers),
      key: { seed: 1, role: 'shadow', index },
    };
  });
  const { together, moved, bound } = await roundingDistances(tasks);
  console.log(`distance of the outputs: ensemble ${together}, moved start ${moved}, bound ${bound}`);
  expect(moved).toBeGreaterThan(0);
  expect(together).toBeLessThanOrEqual(bound);
}, 600_000);
