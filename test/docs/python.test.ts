import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { cclHere } from '../cli/here';
import { pythonBlocks } from './blocks';

const blocks = pythonBlocks();
const python = (venv: string): string => join(projectRoot, venv, 'bin', 'python');
const twins = python('.venv-twins');

describe('Python in the documents', () => {
  it.skipIf(!existsSync(python('.venv')))('is Python', () => {
    expect(blocks.length).toBeGreaterThan(3);
    const program = 'import json, sys\nfor code in json.load(sys.stdin): compile(code, "block", "exec")';
    const compiled = (codes: readonly string[]) =>
      spawnSync(python('.venv'), ['-c', program], { encoding: 'utf8', input: JSON.stringify(codes) });
    const { status, stderr } = compiled(blocks.map(({ code }) => code));
    expect(status, stderr).toBe(0);
    expect(compiled(['x = (']).status).toBe(1);
  });

  describe.skipIf(!existsSync(twins))('with scikit-learn and PyTorch', () => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-python-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    beforeAll(async () => {
      const plan = ['--n', '90', '--models', '4', '--seed', '1', '--out', join(folder, 'masks.npz')];
      await cclHere('shadows', 'plan', ...plan);
      await cclHere('shadows', 'exporter', '--out', join(folder, 'ccl_export.py'));
    });

    it.each(blocks.filter(({ kind }) => kind === 'runnable').map(({ page, code }) => [page, code] as const))(
      '%s: a block runs',
      { timeout: 120_000 },
      (_page, code) => {
        const { status, stderr } = spawnSync(twins, ['-c', code], { cwd: folder, encoding: 'utf8' });
        expect(status, stderr).toBe(0);
      },
    );

    it('leaves files that the audit reads', async () => {
      const { status, stdout } = await cclHere(
        ...['audit', join(folder, 'target.npz'), join(folder, 'shadows.npz'), '--attacks', 'loss'],
      );
      expect(status, stdout).toBe(0);
      expect(stdout).toContain('loss');
    });
  });
});
