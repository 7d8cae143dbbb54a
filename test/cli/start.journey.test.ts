import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StudyResult } from '../../src/experiments/study-result';
import { projectRoot } from '../../src/paths';
import { randomStream } from '../../src/platform/math/random';
import { ccl, killAfter, startCcl } from './ccl';
import { studyNumbers } from './study-numbers';

const folder = mkdtempSync(join(tmpdir(), 'ccl start ')); // with spaces, as some people's folders have
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// Calls that block this process for long must not keep it from answering the test runner.
afterEach(() => sleep(50));
const tiny = ['start', '--study', 'tiny'];
const full = process.env.CCL_TEST_FULL === '1';

describe('ccl start in processes of its own', () => {
  const out = join(folder, 'out');
  beforeAll(() => {
    // The same numbers, without the report.
    const { status, stderr } = ccl(
      'study',
      'run',
      'tiny',
      '--out',
      out,
      '--json',
      join(folder, 'first.json'),
    );
    expect(status, stderr).toBe(0);
  });

  it('is what `npm start` runs, with the set-up before it and the report’s path as the last line; trains nothing the second time', () => {
    const json = join(folder, 'second.json');
    const args = ['start', '--', ...tiny.slice(1), '--out', out, '--json', json];
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: projectRoot, encoding: 'utf8' });
    expect(stderr).toMatch(/All 8 models are in the store/);
    const { command } = studyNumbers(json);
    expect(studyNumbers(json)).toEqual({ ...studyNumbers(join(folder, 'first.json')), command });
    const { blocks } = JSON.parse(readFileSync(json, 'utf8')) as StudyResult;
    expect(blocks).toEqual({ trained: 0, reused: 8 });
    expect(status, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`Report: ${join(out, 'reports', 'tiny.html')}`);
  });

  it.each(full ? [1, 2, 3, 4] : [1])(
    'killed at a random moment (%i) and run again, gives the same numbers',
    async (step) => {
      const killedOut = join(folder, `killed-${step}`);
      const { uniform } = randomStream({ seed: 7, role: 'evaluation', purpose: 'permutation', step });
      await killAfter(1200 + 3000 * uniform(), startCcl(...tiny, '--out', killedOut));
      const json = join(folder, `killed-${step}.json`);
      expect(ccl(...tiny, '--out', killedOut, '--json', json).status).toBe(0);
      // The first ones are those of another command.
      const { command } = studyNumbers(json);
      expect(studyNumbers(json)).toEqual({ ...studyNumbers(join(folder, 'first.json')), command });
      expect(
        readdirSync(join(killedOut, 'store', 'blocks')).filter((name) => !name.endsWith('.tmp')).length,
      ).toBe(8);
    },
  );

  const signals = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGTERM'] as const;
  it.each(full ? signals : signals.slice(0, 2))(
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

  it.each(full ? [0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 2000] : [300, 1000])(
    'ends on SIGTERM after %i ms, while it still starts, with no process and no lease left',
    async (milliseconds) => {
      const early = join(folder, `early-${milliseconds}`);
      const child = startCcl(...tiny, '--out', early);
      const ended = once(child, 'exit');
      await sleep(milliseconds);
      process.kill(-child.pid!, 'SIGTERM');
      const [status, signal] = (await ended) as [number | null, string | null];
      // Before it holds anything the signal may end it outright.
      expect([status, signal]).toEqual(signal === null ? [130, null] : [null, 'SIGTERM']);
      expect(() => process.kill(-child.pid!, 0)).toThrow(/ESRCH/);
      const leases = join(early, 'store', 'leases');
      expect(existsSync(leases) ? readdirSync(leases) : []).toEqual([]);
    },
  );
});
