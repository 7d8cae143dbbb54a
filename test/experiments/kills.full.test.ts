import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it } from 'vitest';
import { calmNumbers, killChild, killedStudy, killParent, soonKilledStudy, stopChild } from './kill-rounds';

const folder = mkdtempSync(join(tmpdir(), 'kills-full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('ten killed parents and ten killed workers, at random moments, cost the epoch under way and nothing else', async () => {
  const calm = await calmNumbers(folder, killedStudy);
  for (let round = 1; round <= 10; round++) {
    await killParent(folder, round, calm, killedStudy);
    await killChild(folder, round, calm, killedStudy);
  }
}, 1_800_000);

it('a worker that is stopped for 70 s, longer than a lease may be silent, goes on where it was', async () => {
  const calm = await calmNumbers(join(folder, 'short'), soonKilledStudy);
  await stopChild(folder, 70, calm, soonKilledStudy);
}, 600_000);
