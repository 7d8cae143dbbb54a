import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

// What a person gets who installs the tarball: no clone, no network, no Python, no compiler, no TensorFlow.

let folder: string;
let tarball: string;
const npm = (args: readonly string[], cwd: string) =>
  spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  });

/** The installed command, with a PATH that has Node.js and nothing else. */
function packed(...args: readonly string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
} {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'node_modules', '.bin', 'ccl'), ...args],
    { cwd: folder, encoding: 'utf8', env: { PATH: join(folder, 'no-such-folder'), HOME: folder } },
  );
  return { status, stdout, stderr, seconds: (performance.now() - start) / 1000 };
}

describe('the package of npm pack', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccl-packed-'));
    const pack = npm(['pack', '--ignore-scripts=false', '--json', '--pack-destination', folder], projectRoot);
    expect(pack.status, pack.stderr).toBe(0);
    tarball = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
    );
    writeFileSync(join(folder, 'package.json'), '{"name": "empty", "version": "1.0.0", "private": true}');
    const install = npm(['install', tarball], folder);
    expect(install.status, install.stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('brings no other package and is small', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'ccl-lab',
    ]);
    expect(statSync(tarball).size).toBeLessThan(4e6);
  });

  it('runs without Python, compiler, TensorFlow and network, and starts in under a second', () => {
    const losses = packed('losses');
    expect(losses.stderr).toBe('');
    expect(losses.status).toBe(0);
    expect(losses.stdout).toContain('ccel');
    const times = [losses.seconds, ...[1, 2].map(() => packed('--help').seconds)];
    expect(Math.min(...times)).toBeLessThan(1);
    expect(packed('--version').stdout.trim()).toBe(
      (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version,
    );
  });

  it('audits a file and writes the report', () => {
    const file = join(projectRoot, 'data', 'audit', 'digits.npz');
    const audit = packed('audit', file, '--attacks', 'loss,rmia-online', '--report', 'audit.html');
    expect(audit.stderr).toContain('audit.html');
    expect(audit.status).toBe(0);
    expect(audit.stdout).toContain('rmia-online/gamma-1');
    expect(readFileSync(join(folder, 'audit.html'), 'utf8')).toContain('ROC of the strongest attacks');
    expect(packed('audit', '--help').seconds).toBeLessThan(3);
  });

  it('plans shadow models and hands out the exporter', () => {
    const plan = packed('shadows', 'plan', '--n', '50', '--models', '4', '--out', 'masks.npz');
    expect(plan.stderr).toBe('');
    expect(plan.stdout).toContain('each record in 2 of them');
    expect(packed('shadows', 'exporter').status).toBe(0);
    expect(readFileSync(join(folder, 'ccl_export.py'), 'utf8')).toContain('def export_torch(');
  });

  it('says where the commands are that it does not have', () => {
    const start = packed('start', '--study', 'tiny');
    expect(start.status).toBe(2);
    expect(start.stderr).toMatch(/`ccl start` trains networks, which this package cannot/);
  });

  it('carries the licenses of what is bundled, the page and the exporter', () => {
    const root = join(folder, 'node_modules', 'ccl-lab');
    const licenses = readFileSync(join(root, 'dist', 'licenses.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'cli-table3']) expect(licenses).toContain(`\n${name} `);
    expect(statSync(join(root, 'docs', 'audit-a-pytorch-model.md')).size).toBeGreaterThan(1000);
    expect(statSync(join(root, 'src', 'signals', 'python', 'ccl_export.py')).size).toBeGreaterThan(1000);
  });
});
