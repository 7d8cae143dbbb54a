import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

// A clone keeps its programs compiled in .setup/compiled; nobody may ever notice.

let root: string;
const kept = (): string => join(root, '.setup', 'compiled');
const packages = (): string => join(root, 'node_modules');
const edited = (): string => join(root, 'src', 'platform', 'cli', 'loss-command.ts');
const compiledFiles = (): string[] => readdirSync(kept()).filter((name) => name.endsWith('.cjs'));
const command = (...args: string[]): string[] => [join(root, 'src', 'platform', 'cli', 'ccl.cjs'), ...args];

function losses(): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, command('losses', '--help'), { encoding: 'utf8' });
}

describe('programs of a clone', () => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'ccl sources-'));
    cpSync(join(projectRoot, 'src'), join(root, 'src'), { recursive: true });
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(projectRoot, name), join(root, name));
    mkdirSync(packages());
    for (const name of readdirSync(join(projectRoot, 'node_modules'))) {
      symlinkSync(join(projectRoot, 'node_modules', name), join(packages(), name));
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('start from one compiled file, which two that come first make at once', async () => {
    const both = [0, 1].map(() => spawn(process.execPath, command('losses', '--json'), { stdio: 'ignore' }));
    expect(await Promise.all(both.map(async (child) => (await once(child, 'close'))[0]))).toEqual([0, 0]);
    const before = compiledFiles();
    expect(before.length).toBeGreaterThan(0);
    const loaded = spawnSync(
      process.execPath,
      [
        '-e',
        `process.on('exit', () => console.error(Object.keys(require.cache).length)); require(${JSON.stringify(command()[0])})`,
        '--',
        'losses',
      ],
      { encoding: 'utf8' },
    );
    expect(Number(loaded.stderr.trim().split('\n').pop())).toBeLessThan(20);
    expect(compiledFiles()).toEqual(before);
  });

  it('run as they stand now, also after an edit that keeps size and time', () => {
    const text = readFileSync(edited(), 'utf8');
    const { atime, mtime } = statSync(edited());
    const word = 'list all losses';
    expect(text).toContain(word);
    writeFileSync(edited(), text.replace(word, word.toUpperCase()));
    utimesSync(edited(), atime, mtime);
    expect(losses().stdout).toContain(word.toUpperCase());
    writeFileSync(edited(), text);
    expect(losses().stdout).not.toContain(word.toUpperCase());
  });

  it('tell of errors at the lines of the sources, and keep few old files', () => {
    for (let old = 0; old < 9; old++) writeFileSync(join(kept(), `${old}.cjs`), '');
    const text = readFileSync(edited(), 'utf8');
    writeFileSync(edited(), `${text}\nthrow new Error('at the end');\n`);
    const { status, stderr } = losses();
    writeFileSync(edited(), text);
    expect(status).toBe(1);
    expect(stderr).toContain(`loss-command.ts:${text.split('\n').length + 1}:7`);
    expect(compiledFiles()).toHaveLength(6);
  });

  it.each([
    ['missing', (folder: string) => rmSync(folder)],
    [
      'damaged',
      (folder: string) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        writeFileSync(
          join(folder, 'package.json'),
          '{"name": "yaml", "version": "1.0.0", "main": "index.js"}',
        );
        writeFileSync(join(folder, 'index.js'), 'module.exports = {');
      },
    ],
  ])('say what to do where a package is %s', (_, damage) => {
    damage(join(packages(), 'yaml'));
    const { status, stderr } = losses();
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^ccl: yaml is missing or damaged in node_modules\. Run `npm run setup` in .*delete node_modules/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('start where nothing can be kept', () => {
    rmSync(join(packages(), 'yaml'), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules', 'yaml'), join(packages(), 'yaml'));
    rmSync(kept(), { recursive: true });
    writeFileSync(kept(), '');
    const { status, stdout, stderr } = losses();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('losses');
    expect(existsSync(join(kept(), 'current.json'))).toBe(false);
  });
});
