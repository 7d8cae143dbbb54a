import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const load = () =>
  import(/* @vite-ignore */ path.join(projectRoot, 'src', 'platform', 'kernel', 'kernel-spec.mjs'));

describe('the kernel specification', () => {
  it('tells Jupyter the absolute Node.js, the launcher, the name and how to interrupt', async () => {
    const { writeKernelSpec } = await load();
    const prefix = mkdtempSync(path.join(tmpdir(), 'ccl-kernel-'));
    try {
      const file = writeKernelSpec({ root: '/a b/ccl-lab', prefix });
      expect(file).toBe(path.join(prefix, 'share', 'jupyter', 'kernels', 'ccl', 'kernel.json'));
      expect(readdirSync(path.dirname(file))).toEqual(['kernel.json']);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
        argv: [process.execPath, '/a b/ccl-lab/src/platform/kernel/kernel.cjs', '{connection_file}'],
        display_name: 'CCL (TypeScript)',
        language: 'typescript',
        interrupt_mode: 'message',
      });
    } finally {
      rmSync(prefix, { recursive: true });
    }
  });

  it("goes for the user to Jupyter's own data folder", async () => {
    const { userJupyterFolder } = await load();
    const folder = (env: object, platform: string) => userJupyterFolder({ env, home: '/home/a', platform });
    expect(folder({ JUPYTER_DATA_DIR: '/data', XDG_DATA_HOME: '/x' }, 'linux')).toBe('/data');
    expect(folder({ XDG_DATA_HOME: '/x' }, 'linux')).toBe('/x/jupyter');
    expect(folder({}, 'linux')).toBe('/home/a/.local/share/jupyter');
    expect(folder({}, 'darwin')).toBe('/home/a/Library/Jupyter');
  });
});
