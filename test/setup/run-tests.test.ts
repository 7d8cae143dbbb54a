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

describe('the progress of the tests', () => {
  const shown = async (isTTY: boolean, done: number): Promise<string> => {
    const { default: TestProgress } = await load('run-tests.mjs');
    let [text, now] = ['', 0];
    const progress = new TestProgress({
      out: { isTTY, write: (part: string) => (text += part) },
      now: () => now,
    });
    progress.onTestRunStart(Array(8));
    for (let file = 0; file < done; file++) progress.onTestModuleEnd();
    now = 120_000;
    text = '';
    progress.show();
    progress.onTestRunEnd();
    return text;
  };

  it('says how many files are done and how long the rest takes, as a line or on one that rewrites itself', async () => {
    expect(await shown(false, 0)).toBe('0 of 8 test files done in 2 min\n');
    expect(await shown(false, 2)).toBe('2 of 8 test files done in 2 min, about 6 min left\n');
    expect(await shown(true, 6)).toBe('\r\u001b[K6 of 8 test files done in 2 min, about 40 s left\r\u001b[K');
  });
});
