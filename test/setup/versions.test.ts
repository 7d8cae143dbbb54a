import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { load } from './load';

describe('version rules', () => {
  it('takes Node.js from 20.12 and 22, nothing else, as package.json says', async () => {
    const { nodeIsSupported, nodeComplaint } = await load('versions.cjs');
    for (const good of ['20.12.0', '20.20.2', '22.0.0', '22.21.1']) {
      expect(nodeIsSupported(good), good).toBe(true);
      expect(nodeComplaint(good)).toBeNull();
    }
    for (const bad of ['16.20.2', '18.19.1', '19.9.0', '20.11.1', '21.7.3', '23.0.0', '24.11.0', '25.1.0']) {
      expect(nodeIsSupported(bad), bad).toBe(false);
      const complaint = nodeComplaint(bad);
      expect(complaint).toContain(`Node.js ${bad}`);
      expect(complaint).toContain('20 (from 20.12) or 22');
      expect(complaint).toContain('nvm install 22');
    }
    const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
    expect(manifest.engines.node).toBe('^20.12.0 || ^22.0.0');
  });

  it.each([
    ['setup/npm-script.mjs', '18.19.0'],
    ['setup/npm-script.mjs', '24.11.0'],
    ['cli/ccl.cjs', '18.19.0'],
    ['cli/ccl.cjs', '24.11.0'],
  ])('%s stops before anything else on Node.js %s, with status 1', (file, version) => {
    const script = path.join(projectRoot, 'src', 'platform', ...file.split('/'));
    const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;
    const end = spawnSync(process.execPath, ['--import', pretend, script, 'setup'], { encoding: 'utf8' });
    expect(end.status).toBe(1);
    expect(end.stderr).toMatch(new RegExp(`^Node\\.js ${version.replaceAll('.', '\\.')} cannot run ccl-lab`));
    expect(end.stderr).not.toMatch(/^ +at /m);
  });

  it('chooses the first Python that has the right version and venv', async () => {
    const { choosePython } = await load('versions.cjs');
    const probe = (command: string, version: number[] | null, venv = true) => ({ command, version, venv });
    expect(choosePython([probe('a', [3, 9, 1]), probe('b', null), probe('c', [3, 12, 4])])).toEqual({
      command: 'c',
      version: [3, 12, 4],
    });
    expect(choosePython([probe('a', [3, 11, 2], false), probe('b', [3, 10, 0])]).command).toBe('b');
    expect(choosePython([probe('a', [3, 14, 0])]).command).toBe('a');
    expect(choosePython([probe('a', [3, 9, 1])]).why).toMatch(
      /a is 3\.9\.1; the rule is Python 3\.10 or newer/,
    );
    expect(choosePython([probe('a', [3, 11, 2], false)]).why).toMatch(/has no venv module/);
    expect(choosePython([]).why).toMatch(/no Python was found/);
  });

  it('knows the platforms that have a wheel', async () => {
    const { platformComplaint } = await load('versions.cjs');
    expect(platformComplaint('linux', 'x64')).toBeNull();
    expect(platformComplaint('linux', 'arm64')).toBeNull();
    expect(platformComplaint('darwin', 'arm64')).toBeNull();
    expect(platformComplaint('darwin', 'x64')).toMatch(/Intel/);
    expect(platformComplaint('win32', 'x64')).toMatch(/WSL2/);
    expect(platformComplaint('linux', 'ia32')).toMatch(/no wheel/);
  });
});
