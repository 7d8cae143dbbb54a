import { beforeAll, describe } from 'vitest';
import { mmdCases } from './mmd-cases';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe('MMD against numpy and PyTorch, plain backend', mmdCases);
