import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeUserKernelSpec } from '../../src/platform/kernel/kernel-spec.mjs';
import { projectRoot } from '../../src/paths';
import { python } from './session';

const present = python !== undefined && spawnSync(python, ['-c', 'import jupyter_kernel_test']).status === 0;
if (!present)
  console.warn('no Python with jupyter_kernel_test (run the set-up), the official suite is not run');

it.skipIf(!present)('the kernel passes Jupyter’s own tests of kernels', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ccl official '));
  try {
    writeUserKernelSpec({ root: projectRoot, dataFolder: folder });
    const suite = spawn(python!, [path.join(__dirname, 'official_suite.py'), '-v'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, JUPYTER_PATH: folder, JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime') },
    });
    let stderr = '';
    suite.stderr.on('data', (chunk) => (stderr += chunk));
    const [status] = await once(suite, 'close');
    expect(stderr).toMatch(/\nOK \(skipped=1\)/);
    expect(stderr).toMatch(/test_pager .*skipped/);
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
