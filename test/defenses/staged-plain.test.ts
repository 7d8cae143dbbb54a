import { beforeAll, describe } from 'vitest';
import { stagedCases } from './staged-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe('losses on other labels against PyTorch, plain backend', stagedCases);
