import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

it('CCL_OUT takes the place of the folder out, for runs and for data', async () => {
  const mine = join(tmpdir(), 'somebody', 'ccl-out');
  vi.stubEnv('CCL_OUT', mine);
  vi.resetModules();
  const { defaultOut, defaultStore } = await import('../src/experiments/store/store');
  const { defaultDataFolder } = await import('../src/data/data-folder');
  expect([defaultOut, defaultStore, defaultDataFolder]).toEqual([
    mine,
    join(mine, 'store'),
    join(mine, 'data'),
  ]);
});

it('is out of the project without it', async () => {
  vi.stubEnv('CCL_OUT', '');
  vi.resetModules();
  const { outFolder, projectRoot } = await import('../src/paths');
  expect(outFolder).toBe(join(projectRoot, 'out'));
});
