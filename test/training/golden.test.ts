import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { lossRevision } from '../../src/experiments/block';
import { loss, type LossName } from '../../src/losses/registry';
import { trainingRevision } from '../../src/training/loop';
import { smallTask, stateOf } from './small-task';

// The plain JavaScript backend computes the same bits on every machine of one architecture.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe.runIf(process.arch === 'x64')('the numbers of revision 1', () => {
  it.each<[LossName, string]>([
    ['ce', '37bc4690e8b4728c'],
    ['ccel', '940514f1ab2b093f'],
    ['ccql', '508b7f4a238a4387'],
  ])(
    '%s trains as it did: whoever changes the numbers raises lossRevision or trainingRevision',
    async (name, golden) => {
      const { parameters, history } = await stateOf(await smallTask({ loss: loss(name) }));
      const hash = createHash('sha256');
      [...parameters, ...history.map(({ losses }) => losses)].forEach((a) =>
        hash.update(new Uint8Array(a.buffer)),
      );
      expect([lossRevision, trainingRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, 1, golden]);
    },
  );
});
