import { beforeAll, describe } from 'vitest';
import { advregCases } from './advreg-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe('adversarial regularization against PyTorch, plain backend', advregCases);
