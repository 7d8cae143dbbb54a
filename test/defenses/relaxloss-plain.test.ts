import { beforeAll, describe } from 'vitest';
import { relaxLossCases } from './relaxloss-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe('RelaxLoss against PyTorch, plain backend', relaxLossCases);
