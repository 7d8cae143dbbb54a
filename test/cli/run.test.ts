import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/experiments/study-result';
import { cclHere } from './here';

const folder = mkdtempSync(join(tmpdir(), 'ccl-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const small = ['run', '--data', 'location30', '--hidden', '32', '--epochs', '4', '--out', folder];

describe('ccl run', () => {
  it('prints what the issue of a single run is: accuracies, CE losses of both sides, and every attack', async () => {
    const { status, stdout, stderr } = await cclHere(
      ...small,
      '--loss',
      'ccel',
      '--alpha',
      '0.5',
      '--seed',
      '1',
      '--json',
    );
    expect(status, stderr).toBe(0);
    const run = JSON.parse(stdout) as RunResult & { defense: unknown; recipe: { epochs: number } };
    expect(run.defense).toEqual({ name: 'ccel', options: { alpha: 0.5, beta: 1 } });
    expect(run.recipe.epochs).toBe(4);
    for (const side of [run.memberLoss, run.nonMemberLoss]) {
      expect(side.mean).toBeGreaterThan(0);
      expect(side.variance).toBeGreaterThan(0);
    }
    expect(run.trainAccuracy).toBeGreaterThan(run.testAccuracy);
    expect(run.attacks.map(({ name }) => name)).toEqual([
      'correctness',
      'confidence',
      'entropy',
      'modified-entropy',
      'loss',
    ]);
    for (const { accuracy, advantage, auc, tprAtFpr } of run.attacks) {
      expect(advantage.estimate).toBeCloseTo(2 * accuracy.estimate - 1, 12);
      for (const { estimate, low, high } of [accuracy, advantage, auc, tprAtFpr['0.01']]) {
        expect(low! <= estimate && estimate <= high!).toBe(true);
      }
    }
    // Correctness has no threshold to set: its advantage is the accuracy gap itself.
    expect(run.attacks[0].advantage.estimate).toBeCloseTo(run.trainAccuracy - run.testAccuracy, 12);
  });

  it('prints a table that a person can read, and reuses the models that the JSON run trained', async () => {
    const { stdout, stderr } = await cclHere(...small, '--loss', 'ccel', '--alpha', '0.5', '--seed', '1');
    expect(stderr).toMatch(/All 2 models are in the store/);
    expect(stdout).toMatch(/CCEL \(alpha 0.5\) on Location30, seed 1, 4 epochs/);
    expect(stdout).toMatch(/│ Loss +│ 0\.\d+ \[0\.\d+, 0\.\d+\]/);
  });

  it('lists its defaults with their source', async () => {
    const { stdout } = await cclHere('run', '--help');
    expect(stdout).toMatch(/--epochs <n>\s+epochs \(study: 40/);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /--lr <number> learning rate of the first epoch \(0.1: official README\)/,
    );
  });

  it('stops at a loss that is not finite: names epoch, step and learning rate, and keeps no broken run', async () => {
    const { status, stderr } = await cclHere(...small, '--lr', '1e12', '--seed', '3');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /Training diverged .*epoch \d+.* at learning rate 1000000000000.* There is no checkpoint: the first is written after epoch 1/,
    );
    expect(stderr).not.toMatch(/at .*\.ts:/);
    expect(readdirSync(join(folder, 'store', 'blocks')).length).toBe(2);
  });

  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  it.each<[string[], RegExp]>([
    [['--loss', 'cel2'], /"cel2" is no loss. Did you mean/],
    [['--alpha', '1.5', '--loss', 'ccel'], /alpha is 1.5, but must be in \[0, 1\]. Correct it/],
    [['--alpha', 'half'], /--alpha .* argument 'half' is invalid/],
    [['--data', 'location'], /"location" is no data set. Did you mean "location30"\?/],
    [['--seed', '-1'], /must be at least 0/],
    [['--shadows', '0'], /must be a whole number of at least 1/],
    [['--epocs', '3'], /Did you mean --epochs\?/],
    [['--out', join(file, 'x')], /cannot be written/],
    [['--out', '/proc/ccl'], /cannot be written/],
  ])('refuses %j with status 2 and a remedy, not a stack', async (args, message) => {
    const { status, stderr } = await cclHere(...small, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/at .*\.ts:/);
  });
});

describe('ccl', () => {
  it('doctor says what is there, as text and as JSON', async () => {
    const { status, stdout } = await cclHere('doctor', '--json');
    const report = JSON.parse(stdout) as {
      canRun: boolean;
      compute: { gflops: number };
      data: { found: boolean }[];
    };
    expect([status, report.canRun]).toEqual([0, true]);
    expect(report.compute.gflops).toBeGreaterThan(0.1);
    expect(report.data[0].found).toBe(true);
    const text = (await cclHere('doctor')).stdout;
    expect(text).toMatch(/Backend +\w+ .*GFLOP\/s/);
    expect(text).toMatch(
      /Processor +\S.* \(vector instructions: (AVX-512|AVX2|neither AVX-512 nor AVX2|not known)\)/,
    );
  });
});
