import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gallery } from '../../src/figures/gallery/gallery';
import { ccl } from './ccl';

const folder = mkdtempSync(join(tmpdir(), 'ccl-figures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('ccl figures', () => {
  it('lists every figure with its call', () => {
    const { status, stdout } = ccl('figures');
    expect(status).toBe(0);
    for (const { name } of gallery) expect(stdout).toMatch(new RegExp(`^${name}: `, 'm'));
  });

  it('writes one figure in two formats, one column wide, and says where', () => {
    const out = join(folder, 'made');
    const options = ['--only', 'p1-bars', '--format', 'pdf', 'svg', '--columns', '1', '--out', out];
    const { status, stdout } = ccl('figures', ...options);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(['pdf', 'svg'].map((ending) => join(out, `p1-bars.${ending}`)));
    expect(readdirSync(out).sort()).toEqual(['p1-bars.pdf', 'p1-bars.svg']);
    expect(readFileSync(join(out, 'p1-bars.pdf'), 'latin1')).toMatch(/\/MediaBox \[0 0 234 /);
  });

  it('refuses a name and a format that do not exist', () => {
    expect(ccl('figures', '--only', 'pie').stderr).toMatch(
      /--only is "pie", but the figures are privacy-utility-plane/,
    );
    expect(ccl('figures', '--format', 'gif').stderr).toMatch(/gif/);
  });
});
