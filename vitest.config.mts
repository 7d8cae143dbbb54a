import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { 'ccl-lab': path.resolve(__dirname, 'src/index.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env.CCL_TEST_FULL === '1' ? [] : ['test/**/*.full.test.ts'],
    // The native binding is unreliable in worker threads, and every test file gets its own backend.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
