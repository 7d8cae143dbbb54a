import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { defenseFromData } from '../../src/defenses/registry';
import { trainingRevision } from '../../src/training/loop';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { defendedTask } from './staged-task';

// The plain JavaScript backend computes the same bits on every machine of one architecture.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe.runIf(process.arch === 'x64')('the numbers of revision 1', () => {
  const quick = recipe('study', { epochs: 2, batchSize: 10, milestones: [], evaluateEvery: 2 });
  it.each<[string, Record<string, unknown>, string]>([
    ['hamp', {}, '313583236ba7c91c'],
    ['selena', { subModels: 4, leftOutBy: 2 }, 'f0110c20499a5b2a'],
    ['distillation', {}, '65b94fadabd0c2e5'],
    ['dmp', { keep: 0.7, temperature: 2 }, '84a3523ceb51ed70'],
    ['data-free-distillation', { steps: 6 }, '23423e65baf418b5'],
    ['pate', { teachers: 3 }, '543fa768af810ad4'],
  ])(
    '%s gives what it gave: whoever changes the numbers raises its revision',
    async (name, options, golden) => {
      const task = await defendedTask(defenseFromData(name, options), { recipe: quick });
      const { state, signals } = await train(task);
      const hash = createHash('sha256');
      [...state.parameters, signals.logits as Float32Array].forEach((values) =>
        hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
      );
      const revisions = [task.defense.revision, trainingRevision];
      expect([...revisions, hash.digest('hex').slice(0, 16)]).toEqual([1, 1, golden]);
    },
  );
});
