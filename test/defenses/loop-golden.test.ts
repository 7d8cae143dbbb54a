import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { defenseFromData } from '../../src/defenses/registry';
import { trainingRevision } from '../../src/training/loop';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { defendedTask } from './defended-task';

// The plain JavaScript backend computes the same bits on every machine of one architecture.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe.runIf(process.arch === 'x64')('the numbers of revision 1', () => {
  const quick = recipe('study', { epochs: 5, batchSize: 25, milestones: [4], evaluateEvery: 5 });
  it.each<[string, Record<string, unknown>, string]>([
    ['relaxloss', { target: 1.2, upper: 0.6 }, 'a42f462d7270b701'],
    ['early-stopping', { epoch: 3 }, '0c77712b89e08787'],
    ['l1', { strength: 0.01 }, '42bb3aee2d124c38'],
    ['l2', {}, 'a6ee2329a825ed29'],
    ['mixup', { concentration: 0.4 }, '3808865172d7e5dc'],
    ['mixup-mmd', { gap: 0 }, '2926c7d305fe938f'],
    ['advreg', {}, 'adc4f1c1ab3af416'],
    ['advreg', { form: 'relaxloss' }, 'c124680066282f86'],
  ])(
    '%s %j gives what it gave: whoever changes the numbers raises its revision',
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
