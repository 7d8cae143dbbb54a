import { describe, expect, it } from 'vitest';
import { augmentation } from '../../src/data/augmentation';
import { defenseFromData } from '../../src/defenses/registry';
import { model } from '../../src/models/registry';
import { randomStream } from '../../src/platform/math/random';
import { recipe } from '../../src/training/recipe';
import type { Records } from '../../src/training/records';
import { train } from '../../src/training/train';
import { defendedTask } from './staged-task';

const image = { height: 16, width: 16, channels: 3 };

function pictures(step: number, n = 24): Records {
  const stream = randomStream({ seed: 2, role: 'data', purpose: 'synthetic', step });
  const y = Int32Array.from({ length: n }, (_, i) => i % 3);
  return { x: Float32Array.from({ length: n * 16 * 16 * 3 }, () => stream.uniform()), y };
}

describe('defenses in stages and on other labels', () => {
  const network = model('cnn', { input: [16, 16, 3], classes: 3 });
  const settings = recipe('study', { epochs: 1, batchSize: 8, milestones: [], evaluateEvery: 1 });

  it.each<[string, Record<string, unknown>]>([
    ['hamp', {}],
    ['selena', { subModels: 3, leftOutBy: 1 }],
    ['distillation', {}],
    ['dmp', { keep: 0.5 }],
    ['data-free-distillation', { steps: 2 }],
    ['pate', { teachers: 2 }],
  ])('%s trains on augmented pictures and leaves no tensor behind', async (name, options) => {
    const task = await defendedTask(defenseFromData(name, options), {
      network,
      recipe: settings,
      members: pictures(0),
      nonMembers: pictures(1),
      inference: pictures(2),
      image,
      augmentation: augmentation('crop-flip'),
    });
    const { tf } = task.backend;
    const before = tf.memory().numTensors;
    const { signals } = await train(task);
    expect(tf.memory().numTensors).toBe(before);
    expect(signals.logits.length).toBe(48 * 3);
    expect(signals.logits.every(Number.isFinite)).toBe(true);
  });
});
