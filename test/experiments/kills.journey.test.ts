import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it } from 'vitest';
import { calmNumbers, killChild, killParent, leapClock, soonKilledStudy } from './kill-rounds';

const folder = mkdtempSync(join(tmpdir(), 'kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a killed parent and a killed worker cost the epoch under way and nothing else, a clock that leaps nothing', async () => {
  const calm = await calmNumbers(folder, soonKilledStudy);
  await killParent(folder, 0, calm, soonKilledStudy);
  await killChild(folder, 0, calm, soonKilledStudy);
  await leapClock(folder, calm, soonKilledStudy);
}, 300_000);
