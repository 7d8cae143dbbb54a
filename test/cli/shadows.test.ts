import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNpz } from '../../src/platform/formats/npz';
import { projectRoot } from '../../src/paths';
import { cclHere } from './here';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-shadows-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function planned(seed: string, out: string): Promise<{ shape: readonly number[]; members: number[] }> {
  const path = join(folder, out);
  const { status, stderr, stdout } = await cclHere(
    'shadows',
    'plan',
    '--n',
    '101',
    '--models',
    '6',
    '--seed',
    seed,
    '--out',
    path,
  );
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('6 models, each record in 3 of them');
  const file = await openNpz(path);
  const { shape, data } = await file.read('members');
  file.close();
  return { shape, members: [...data] };
}

describe('ccl shadows', () => {
  it('plans every record into exactly half of the models, the same for the same seed', async () => {
    const { shape, members } = await planned('1', 'a.npz');
    expect(shape).toEqual([6, 101]);
    for (let record = 0; record < 101; record++) {
      let models = 0;
      for (let m = 0; m < 6; m++) models += members[m * 101 + record];
      expect(models).toBe(3);
    }
    await planned('1', 'b.npz');
    expect(readFileSync(join(folder, 'a.npz')).equals(readFileSync(join(folder, 'b.npz')))).toBe(true);
    expect((await planned('2', 'c.npz')).members).not.toEqual(members);
  });

  it('tosses a coin for each record and model on demand, and says so in the file', async () => {
    const path = join(folder, 'coins.npz');
    const args = ['--n', '2000', '--models', '3', '--coins', '--out', path];
    const { status, stdout } = await cclHere('shadows', 'plan', ...args);
    expect(status).toBe(0);
    expect(stdout).toContain('randomized_membership=True');
    const file = await openNpz(path);
    const members = [...(await file.read('members')).data];
    expect([...(await file.read('randomized_membership')).data]).toEqual([1]);
    file.close();
    // How many of the three models hold a record: 1, 3, 3, 1 eighths, within five standard deviations.
    const held = [0, 0, 0, 0];
    for (let i = 0; i < 2000; i++) held[members[i] + members[2000 + i] + members[4000 + i]]++;
    [1, 3, 3, 1].forEach(async (eighths, k) => {
      const share = eighths / 8;
      expect(Math.abs(held[k] / 2000 - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / 2000));
    });
    expect(
      (await cclHere('shadows', 'plan', '--n', '10', '--models', '0', '--coins', '--out', path)).status,
    ).toBe(2);
  });

  it('refuses what no plan can be made of', async () => {
    const odd = await cclHere(
      'shadows',
      'plan',
      '--n',
      '10',
      '--models',
      '3',
      '--out',
      join(folder, 'x.npz'),
    );
    expect(odd.status).toBe(2);
    expect(odd.stderr).toMatch(/3/);
    expect(
      (await cclHere('shadows', 'plan', '--n', 'ten', '--models', '4', '--out', join(folder, 'x.npz')))
        .status,
    ).toBe(2);
    expect((await cclHere('shadows', 'plan', '--n', '10', '--models', '4')).status).toBe(2);
  });

  it('hands the exporter out as it is', async () => {
    const out = join(folder, 'ccl_export.py');
    expect((await cclHere('shadows', 'exporter', '--out', out)).status).toBe(0);
    const script = join(projectRoot, 'src', 'signals', 'python', 'ccl_export.py');
    expect(readFileSync(out).equals(readFileSync(script))).toBe(true);
  });
});
