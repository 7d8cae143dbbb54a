import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

  it('is native wherever the binding is built and set-up does not say that it fails, unless forced', () => {
    const root = mkdtempSync(join(tmpdir(), 'ccl-state-'));
    mkdirSync(join(root, '.setup'));
    for (const [state, found] of [
      ['{"backend":"native"}', nativeIsBuilt() ? 'native' : 'wasm'],
      ['{', nativeIsBuilt() ? 'native' : 'wasm'],
      ['{"backend":"wasm"}', 'wasm'],
    ]) {
      writeFileSync(join(root, '.setup', 'state.json'), state);
      expect(chooseBackend(root)).toBe(process.env.CCL_BACKEND ?? found);
    }
    rmSync(root, { recursive: true });
  });

  it('refuses another thread count after the first, since the library reads it once', async () => {
    await openBackend({ threads: 1 });
    expect(() => openBackend({ threads: 2 })).toThrow(
      /opened with 1 threads in this process, so 2 can no longer be had/,
    );
    expect(() => openBackend({ threads: 0 })).toThrow(/threads is 0/);
  });
});
