import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/platform/math/random';
import type { StudyResult } from '../../src/experiments/study-result';
import { projectRoot } from '../../src/paths';
import { ccl, killAfter, startCcl } from './ccl';
import { studyNumbers } from './study-numbers';

const folder = mkdtempSync(join(tmpdir(), 'ccl start ')); // with spaces, as some people's folders have
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Calls that block this process for long must not keep it from answering the test runner.
afterEach(() => sleep(50));
const out = join(folder, 'out');
const tiny = ['start', '--study', 'tiny'];

let first: ReturnType<typeof ccl>;
beforeAll(() => {
  first = ccl(...tiny, '--out', out, '--json', join(folder, 'first.json'));
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
    expect(first.stdout).not.toMatch(/left/);
  });

  it('is what `npm start` runs, with the set-up before it and the report’s path as the last line', () => {
    const { status, stdout, stderr } = spawnSync('npm', ['start', '--', ...tiny.slice(1), '--out', out], {
      cwd: projectRoot,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`Report: ${join(out, 'reports', 'tiny.html')}`);
  });

  it('trains nothing the second time, and prints the same numbers', () => {
    const second = ccl(...tiny, '--out', out, '--json', join(folder, 'second.json'));
    expect(second.stderr).toMatch(/All 8 models are in the store/);
    expect(studyNumbers(join(folder, 'second.json'))).toEqual(studyNumbers(join(folder, 'first.json')));
    const { blocks } = JSON.parse(readFileSync(join(folder, 'second.json'), 'utf8')) as StudyResult;
    expect(blocks).toEqual({ trained: 0, reused: 8 });
  });

  it.each(process.env.CCL_TEST_FULL === '1' ? [1, 2, 3, 4] : [1])(
    'killed at a random moment (%i) and run again, gives the same numbers',
    async (step) => {
      const killedOut = join(folder, `killed-${step}`);
      const { uniform } = randomStream({ seed: 7, role: 'evaluation', purpose: 'permutation', step });
      await killAfter(1200 + 3000 * uniform(), startCcl(...tiny, '--out', killedOut));
      const json = join(folder, `killed-${step}.json`);
      expect(ccl(...tiny, '--out', killedOut, '--json', json).status).toBe(0);
      expect(studyNumbers(json)).toEqual(studyNumbers(join(folder, 'first.json')));
      expect(
        readdirSync(join(killedOut, 'store', 'blocks')).filter((name) => !name.endsWith('.tmp')).length,
      ).toBe(8);
    },
  );

  const signals = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGTERM'] as const;
  it.each(process.env.CCL_TEST_FULL === '1' ? signals : signals.slice(0, 2))(
    'ends cleanly on %s: status 130, a sentence, no process and no lease left',
    async (signal) => {
      const interrupted = join(folder, signal);
      const child = startCcl(...tiny, '--out', interrupted);
      let stderr = '';
      child.stderr!.on('data', (text) => (stderr += text));
      while (!stderr.includes('Training 8 models')) await sleep(50);
      await sleep(300);
      process.kill(-child.pid!, signal); // as a terminal does: the whole group gets it
      const [status] = (await once(child, 'exit')) as [number];
      expect(status).toBe(130);
      expect(stderr).toMatch(/Interrupted. Finished runs are kept/);
      expect(() => process.kill(-child.pid!, 0)).toThrow(/ESRCH/);
      expect(readdirSync(join(interrupted, 'store', 'leases'))).toEqual([]);
    },
  );
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
  ])('%s', (text, message) => {
    writeFileSync(file, text);
    const { status, stderr } = ccl('start', '--study', file, '--out', out);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/at .*\.ts:/);
  });
});
