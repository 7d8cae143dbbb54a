import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditResult } from '../../src/audit/audit-result';
import { chosenAttacks } from '../../src/audit/audit-signals';
import { stepProgress } from '../../src/platform/cli/audit-command';
import { openNpz, writeNpz } from '../../src/platform/formats/npz';
import { randomStream } from '../../src/platform/math/random';
import { projectRoot } from '../../src/paths';

const folder = mkdtempSync(join(tmpdir(), 'ccl-audit-'));
const leaky = join(folder, 'leaky.npz');
const shifted = join(folder, 'shifted.npz');

/** M models, each record in half of the references; members stand out by `boost`, the target's members everywhere by `shift`. */
async function write(path: string, boost: number, shift: number): Promise<void> {
  const [models, n, k] = [9, 400, 3];
  const noise = randomStream({ seed: 3, role: 'evaluation', purpose: 'noise' });
  const labels = Int32Array.from({ length: n }, (_, i) => i % k);
  const members = Uint8Array.from({ length: models * n }, () => noise.below(2));
  const logits = Float32Array.from({ length: models * n * k }, (_, at) => {
    const [m, i] = [Math.floor(at / (n * k)), Math.floor(at / k) % n];
    const right = at % k === labels[i] ? 1 + boost * members[m * n + i] + shift * members[i] : 0;
    return right + noise.uniform() + noise.uniform();
  });
  await writeNpz(path, {
    logits: { shape: [models, n, k], data: logits },
    labels: { shape: [n], data: labels },
    members: { shape: [models, n], data: members, dtype: 'bool' },
  });
}

beforeAll(async () => {
  await write(leaky, 2, 0);
  await write(shifted, 0, 2);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = join(projectRoot, 'src', 'platform', 'cli', 'ccl.cjs');

function ccl(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'audit', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('ccl audit', () => {
  it('ends at once on SIGTERM, also while it computes', async () => {
    const args = [command, 'audit', leaky];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    await sleep(1500); // loaded, and at work for seconds on the checks of all attacks
    const asked = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(performance.now() - asked).toBeLessThan(1000);
  });

  it('tells how far it is, at most every half minute', () => {
    let [now, text] = [0, ''];
    const tell = stepProgress({ out: { write: (part) => (text += part) }, now: () => now });
    for (let step = 0; step < 4; step++) {
      tell(`attack-${step}`, step, 5);
      now += 20_000;
    }
    expect(text).toBe('2 of 5 steps done in 40 s, about 60 s left; now: attack-2\n');
  });

  it('gives verdict, JSON, scores and a failing gate in one go', async () => {
    const { status, stdout } = ccl(
      ...['leaky.npz', '--attacks', 'loss,lira-online,rmia-online', '--scores', 's.npz', '--json', 'a.json'],
      ...['--fail-if', 'low(auc)>0.6', '--fail-if', 'auc>0.9999'],
    );
    expect(stdout).toContain('give away which records it was trained on');
    expect(stdout).toMatch(/Gate low\(auc\)>0\.6: FAILED/);
    expect(stdout).toMatch(/Gate auc>0\.9999: passed/);
    expect(status).toBe(1);
    const result = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')) as AuditResult;
    expect(result.schema).toBe('ccl-lab/audit/4');
    expect(result.data).toMatchObject({ models: 9, records: 400, classes: 3 });
    expect(result.data.files[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    const loss = result.attacks.find(({ name }) => name === 'loss');
    expect(loss?.auc.low).toBeGreaterThan(0.6);
    expect(loss).toMatchObject({ cutsFrom: 'elsewhere', options: {} });
    expect(loss?.advantage.estimate).toBeGreaterThan(0.2);
    const rmia = result.attacks.find(({ name }) => name === 'rmia-online/gamma-2');
    expect(rmia).toMatchObject({ cutsFrom: 'these records', options: { gamma: 2, online: true } });
    const scores = await openNpz(join(folder, 's.npz'));
    expect(scores.names).toContain('lira-online/per-example-median');
    expect((await scores.read('loss')).shape).toEqual([400]);
    scores.close();
  });

  it('reads standard input for -, of any kind, and says so', () => {
    const piped = (input: Buffer | string, ...args: string[]) =>
      spawnSync(process.execPath, [command, 'audit', ...args], { cwd: folder, encoding: 'utf8', input });
    const args = ['--attacks', 'loss', '--json', '-'];
    const numbers = (text: string) => ({ ...(JSON.parse(text) as AuditResult), command: null });
    const named = numbers(ccl('leaky.npz', ...args).stdout);
    const { stdout, stderr } = piped(readFileSync(leaky), '-', ...args);
    expect(stderr).toBe('');
    const found = numbers(stdout);
    expect(found.data.files).toEqual(named.data.files.map((file) => ({ ...file, name: '-' })));
    expect({ ...found, data: null }).toEqual({ ...named, data: null });
    for (const [input, message] of [
      ['', /^ccl: Nothing came from standard input/],
      ['{"a": 1', /standard-input\.json/],
      ['a,b\n1,2\n', /standard-input\.csv/],
    ] as const) {
      const refused = piped(input, '-', ...args);
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(ccl('-', '-').stderr).toMatch(/can be read once/);
  });

  it('does not take a shift for a leak: the gate exits with 3', () => {
    const { status, stdout } = ccl('shifted.npz', '--attacks', 'loss', '--fail-if', 'auc>0.99');
    expect(stdout).toContain('Cannot tell leakage from distribution shift.');
    expect(status).toBe(3);
  });

  it('leaves the list of exposed records out of the JSON when asked', () => {
    const { stdout } = ccl('leaky.npz', '--attacks', 'loss', '--no-records', '--json', '-');
    expect((JSON.parse(stdout) as AuditResult).exposed).toBeNull();
  });

  it.each([
    [['none.npz'], /no file none\.npz/],
    [['leaky.npz', '--attacks', 'lyra'], /"lyra" is no attack/],
    [['leaky.npz', '--fail-if', 'auc'], /--fail-if is "auc"/],
    [['leaky.npz', '--target', '9'], /target/],
    [['leaky.npz', '--attacks', 'loss', '--fail-if', 'lira: auc>1'], /not among those that are run: loss/],
    [['leaky.npz', '--fail-if', 'population: auc>0.9'], /cannot run on these signals|not among/],
    [['leaky.npz', '--fail-if', 'auc>1.5'], /auc lies between 0 and 1/],
  ])('refuses %j with status 2', (args, message) => {
    const { status, stderr } = ccl(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  it('reads Parquet files, and says what is wrong with one', () => {
    writeFileSync(join(folder, 'cut.parquet'), 'PAR1');
    const { status, stderr } = ccl('cut.parquet');
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/cut\.parquet cannot be read as a Parquet file/),
    ]);
  });

  it('an attack is chosen by its name or by its family', () => {
    expect(chosenAttacks('rmia-online/gamma-1').map(({ name }) => name)).toEqual(['rmia-online/gamma-1']);
    expect(chosenAttacks('rmia-online').length).toBe(2);
  });
});
