import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseBackend, openBackend } from '../../src/platform/backend/backend';
import { nativeIsBuilt } from '../../src/platform/backend/native';

const script = join(__dirname, 'products.cjs');

/** Runs products.cjs in a process of its own, since a process opens one backend only. */
function products(backend: string): { name: string; leaked: number; worst: number; message?: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...process.env, CCL_BACKEND: backend },
  });
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout) as ReturnType<typeof products>;
}

describe('backends', () => {
  it.each(['wasm', 'cpu', ...(nativeIsBuilt() ? ['native'] : [])])(
    '%s: products with either side transposed are right to float32, and leave nothing behind',
    (backend) => {
      const { name, worst, leaked } = products(backend);
      expect(name).toBe(backend);
      expect(worst).toBeLessThan(1e-5);
      expect(leaked).toBe(0);
    },
  );

  it('refuses an unknown CCL_BACKEND by value, rule and remedy', () => {
    expect(products('cuda').message).toMatch(
      /CCL_BACKEND is "cuda", but must be native, wasm or cpu. Unset it/,
    );
  });

  it('is native wherever the binding is built, unless forced', () => {
    if (process.env.CCL_BACKEND === undefined)
      expect(chooseBackend()).toBe(nativeIsBuilt() ? 'native' : 'wasm');
    else expect(chooseBackend()).toBe(process.env.CCL_BACKEND);
  });

  it('refuses another thread count after the first, since the library reads it once', async () => {
    await openBackend({ threads: 1 });
    expect(() => openBackend({ threads: 2 })).toThrow(
      /opened with 1 threads in this process, so 2 can no longer be had/,
    );
    expect(() => openBackend({ threads: 0 })).toThrow(/threads is 0/);
  });
});
