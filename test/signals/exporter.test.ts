import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { readSignals } from '../../src/signals/read-signals';
import { ccl } from '../cli/ccl';

// The whole road of docs/audit-a-pytorch-model.md up to the audit: plan, train with scikit-learn and PyTorch, export,
// read. It needs the environment of `npm run twins:setup`, and is counted as skipped where that is missing.
const python = join(projectRoot, '.venv-twins', 'bin', 'python');

interface Expected {
  readonly labels: number[];
  readonly masks: boolean[][];
  readonly probabilities: number[][][];
  readonly target: { readonly members: boolean[]; readonly probabilities: number[][] };
  readonly torch?: number[][][];
}

describe.skipIf(!existsSync(python))('from a plan to signals, through Python', () => {
  let folder: string;
  let expected: Expected;
  let frameworks: string;
  const file = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccl-export-'));
    const plan = ['shadows', 'plan', '--n', '90', '--models', '4', '--seed', '3', '--out', file('masks.npz')];
    for (const args of [plan, ['shadows', 'exporter', '--out', file('ccl_export.py')]]) {
      const { status, stderr } = ccl(...args);
      expect(status, stderr).toBe(0);
    }
    const walk = join(projectRoot, 'test', 'signals', 'exporter-walk.py');
    const { status, stdout, stderr } = spawnSync(python, [walk, folder], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    frameworks = stdout;
    expected = JSON.parse(readFileSync(file('expected.json'), 'utf8')) as Expected;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('every model has the outputs of scikit-learn and the membership of its mask, also after an interruption', async () => {
    const set = await readSignals(file('shadows.npz'), { target: 1 });
    expect([set.models, set.n, set.classes]).toEqual([4, 90, 3]);
    expect([...set.labels]).toEqual(expected.labels);
    for (let m = 0; m < 4; m++) {
      const { logits, members } = set.model(m);
      expect([...members]).toEqual(expected.masks[m].map(Number));
      expected.probabilities[m].flat().forEach((p, i) => expect(Math.exp(logits[i])).toBeCloseTo(p, 12));
    }
    expect(set.notes!.filter(({ code }) => code !== 'raised to floor')).toEqual([]);
  });

  it('a target of its own joins the shadow models, and the checksum of the records is compared', async () => {
    const set = await readSignals([file('target.npz'), file('shadows.npz')]);
    expect([set.models, set.target]).toEqual([5, 0]);
    const { logits, members } = set.model(0);
    expect([...members]).toEqual(expected.target.members.map(Number));
    expected.target.probabilities.flat().forEach((p, i) => expect(Math.exp(logits[i])).toBeCloseTo(p, 12));
    expect(set.notes!.map(({ code }) => code)).not.toContain('records compared by labels only');
  });

  it('PyTorch: logits in evaluation mode, and the population', async () => {
    if (expected.torch === undefined) {
      expect(frameworks.trim()).toBe('scikit-learn');
      return;
    }
    const set = await readSignals(file('torch.npz'));
    expected.torch.forEach((rows, m) => {
      const { logits } = set.model(m);
      rows.flat().forEach((z, i) => expect(logits[i]).toBeCloseTo(z, 5));
    });
    expect(set.population!.n).toBe(5);
  });
});
