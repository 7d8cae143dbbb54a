import { beforeAll } from 'vitest';
import { ensembleCases } from './ensemble-cases';

// The form without the native backend's variables.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

ensembleCases();
