import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ccl } from './ccl';
import { cclHere } from './here';

const folder = mkdtempSync(join(tmpdir(), 'ccl start ')); // with spaces, as some people's folders have
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const out = join(folder, 'out');
const tiny = ['start', '--study', 'tiny'];

let first: ReturnType<typeof ccl>;
beforeAll(() => {
  first = ccl(...tiny, '--out', out);
});

describe('ccl start', () => {
  it('ends with the table, the verdict, and the report’s path as the last line', () => {
    expect(first.status, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/CE .*\n/);
    expect(first.stdout).toMatch(/CCEL \(alpha 0.5\)/);
    expect(first.stdout).toMatch(
      /Over 2 seeds, with CCEL \(alpha 0.5\) no difference from CE in privacy or test accuracy is decided/,
    );
    const last = first.stdout.trimEnd().split('\n').at(-1);
    expect(last).toBe(`Report: ${join(out, 'reports', 'tiny.html')}`);
    expect(existsSync(join(out, 'reports', 'tiny.html'))).toBe(true);
  });

  it('shows progress on stderr with epochs, loss and time left, and nothing of it on stdout', () => {
    expect(first.stderr).toMatch(/\[8\/8\] .*: 4 epochs, loss \d/);
    expect(first.stderr).toMatch(/s left/);
    // Each defense of each seed as soon as it is there.
    const told = first.stderr.match(/^CC?E.*, seed \d: right on .* advantage of the loss attack/gm);
    expect(told).toHaveLength(4);
    expect(first.stderr.indexOf(told![0])).toBeLessThan(first.stderr.indexOf('[8/8]'));
    expect(first.stdout).not.toMatch(/left/);
  });
});

describe('bad input to ccl start', () => {
  const file = join(folder, 'study.json');
  it.each([
    ['{"name": "x", "methods": [{"loss": "ccel", "alpha": 2}]}', /alpha is 2, but must be in \[0, 1\]/],
    [
      '{"name": "x", "methods": [{"loss": "ce"}], "epoch": 1}',
      /"epoch" is no option of study. Did you mean "epochs"/,
    ],
    ['{"name": "x"', /is no JSON/],
  ])('%s', async (text, message) => {
    writeFileSync(file, text);
    const { status, stderr } = await cclHere('start', '--study', file, '--out', out);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/at .*\.ts:/);
  });
});
