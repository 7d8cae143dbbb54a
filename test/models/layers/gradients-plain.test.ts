import { beforeAll, describe } from 'vitest';
import { layerTests } from './layer-tests';

// Each test file has a process of its own, and a process opens one backend.
beforeAll(() => {
  process.env.CCL_BACKEND = 'cpu';
});

describe('backward passes against finite differences, plain backend', layerTests);
