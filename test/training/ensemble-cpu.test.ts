import { createHash } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { ensembleRevision } from '../../src/training/ensemble';
import { ensembleCases, smallTasks } from './ensemble-cases';
import { statesOf } from './small-task';

// The form without the native backend's variables.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

ensembleCases();

// The plain JavaScript backend computes the same bits on every machine of one architecture.
it.runIf(process.arch === 'x64')(
  'the numbers of revision 1: whoever changes them raises ensembleRevision',
  async () => {
    const hash = createHash('sha256');
    for (const { parameters } of await statesOf({ models: await smallTasks() }))
      parameters.forEach((values) => hash.update(new Uint8Array(values.buffer)));
    expect([ensembleRevision, hash.digest('hex').slice(0, 16)]).toEqual([1, '053e62b2e33d1eb7']);
  },
);
