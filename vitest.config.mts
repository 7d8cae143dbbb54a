import path from 'node:path';
import { defineConfig } from 'vitest/config';

const { CCL_TEST_FULL, CCL_BROWSER, CCL_JOURNEYS, CCL_TEST_REPORT } = process.env;
const full = CCL_TEST_FULL === '1';

export default defineConfig({
  resolve: { alias: { 'ccl-lab': path.resolve(__dirname, 'src/index.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...(full ? [] : ['test/**/*.full.test.ts']),
      ...(full || CCL_JOURNEYS === '1' ? [] : ['test/**/*.journey.test.ts']),
      ...(full || CCL_BROWSER === '1' ? [] : ['test/**/*.browser.test.ts']),
    ],
    // The native binding is unreliable in worker threads, and every test file gets its own backend.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // Set by run-tests.mjs, which counts from the file and shows progress of its own.
    ...(CCL_TEST_REPORT !== undefined && {
      reporters: [
        path.resolve(__dirname, 'src/platform/setup/run-tests.mjs'),
        ['default', { summary: false }],
        ['json', { outputFile: CCL_TEST_REPORT }],
      ],
    }),
  },
});
