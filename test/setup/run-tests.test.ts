import { describe, expect, it } from 'vitest';
import { load } from './load';

const file = (status: string, tests: string[]) => ({
  status,
  assertionResults: tests.map((t) => ({ status: t })),
});
const report = (passed: number, failed: number, testResults: object[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 1,
  testResults,
});

describe('the count of the closing line', () => {
  it('counts tests, files that did not load, and endings that no test explains', async () => {
    const { countTests } = await load('run-tests.mjs');
    expect(countTests(report(5, 0), 0)).toEqual({ passed: 5, failed: 0, skipped: 1 });
    expect(countTests(report(5, 2, [file('failed', ['failed', 'failed'])]), 1).failed).toBe(2);
    expect(countTests(report(5, 0, [file('failed', [])]), 1).failed).toBe(1);
    expect(countTests(report(5, 0), 1).failed).toBe(1);
    expect(countTests(null, 0).failed).toBe(1);
  });
});
