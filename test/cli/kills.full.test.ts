import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { randomStream } from '../../src/platform/math/random';
import { ccl, killAfter, startCcl } from './ccl';
import { studyNumbers } from './study-numbers';

const folder = mkdtempSync(join(tmpdir(), 'ccl-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('twenty kills at random moments of one study, then a run to the end: the numbers of a run that nobody disturbed', async () => {
  const study = ['start', '--study', 'tiny'];
  const calm = join(folder, 'calm.json');
  expect(ccl(...study, '--out', join(folder, 'calm'), '--json', calm).status).toBe(0);
  for (let round = 0; round < 4; round++) {
    // Four stores, five kills each: a fifth kill in one store would often find nothing left to disturb.
    const out = join(folder, `disturbed-${round}`);
    const { uniform } = randomStream({ seed: 20, role: 'evaluation', purpose: 'permutation', step: round });
    for (let kill = 0; kill < 5; kill++) {
      await killAfter(1000 + 2000 * uniform(), startCcl(...study, '--out', out));
    }
    const json = join(folder, `disturbed-${round}.json`);
    expect(ccl(...study, '--out', out, '--json', json).status).toBe(0);
    expect(studyNumbers(json)).toEqual(studyNumbers(calm));
  }
}, 600_000);
