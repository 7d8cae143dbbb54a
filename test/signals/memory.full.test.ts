import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

// The promise of the issue of attacks: signals of 50,000 records x 128 models x 10 classes in under 1 GB.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function measure(...args: readonly string[]): string {
  const script = join(projectRoot, 'test', 'signals', 'measure-memory.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

describe('a large file of signals', () => {
  it('is read in under 1 GB, and row by row in a fraction of it', () => {
    const path = join(folder, 'large.npz');
    measure('write', path);
    for (const [spillAbove, limit] of [
      ['1e12', 1e9],
      ['1e6', 0.4e9],
    ] as const) {
      const { length, residentBytes } = JSON.parse(measure('read', path, spillAbove)) as Record<
        string,
        number
      >;
      expect(length).toBe(128 * 50_000);
      expect(residentBytes).toBeLessThan(limit);
    }
  });
});
