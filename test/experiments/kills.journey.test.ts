import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it } from 'vitest';
import { calmNumbers, killChild, killParent, soonKilledStudy } from './kill-rounds';

const folder = mkdtempSync(join(tmpdir(), 'kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a killed parent and a killed worker cost the epoch under way and nothing else', async () => {
  const calm = await calmNumbers(folder, soonKilledStudy);
  await killParent(folder, 0, calm, soonKilledStudy);
  await killChild(folder, 0, calm, soonKilledStudy);
}, 300_000);
