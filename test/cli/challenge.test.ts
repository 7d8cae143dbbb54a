import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dealChallenge, scoreChallenge, truthText, commitment } from '../../src/exercises/challenge';
import { program } from '../../src/platform/cli/program';
import { openNpz } from '../../src/platform/formats/npz';
import { auc } from '../../src/metrics/auc';
import { ceLosses } from '../../src/signals/log-softmax';
import { readSignals } from '../../src/signals/read-signals';
import { projectRoot } from '../../src/paths';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ccl-challenge-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digits = join(projectRoot, 'data', 'audit', 'digits.npz');

async function run(...args: string[]): Promise<string> {
  const written: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => written.push(text) > 0) as typeof write;
  try {
    await program()
      .exitOverride()
      .parseAsync(['node', 'ccl', 'challenge', ...args]);
  } finally {
    process.stdout.write = write;
  }
  return written.join('');
}

async function deal(name: string, ...more: string[]): Promise<{ out: string; truth: string }> {
  const paths = { out: join(folder, name), truth: join(folder, `${name}.json`) };
  await run('new', '--seed', '7', '--out', paths.out, '--truth', paths.truth, ...more);
  return paths;
}

describe('a challenge', () => {
  it('deals two halves, keeps the membership of one apart and scores what is given back', async () => {
    const { out, truth } = await deal('a', '--signals', digits);
    const set = await readSignals(digits);
    const known = await readSignals(join(out, 'known.npz'));
    const kept = JSON.parse(readFileSync(truth, 'utf8')) as { members: number[] };
    expect(known.n + kept.members.length).toBe(set.n);
    const count = (members: ArrayLike<number>): number => Array.from(members).reduce((sum, m) => sum + m, 0);
    expect(count(known.members[0]) + count(kept.members)).toBe(count(set.members[set.target]));

    const file = await openNpz(join(out, 'questions.npz'));
    expect(file.names).toEqual(['logits', 'labels']);
    const { data: logits, shape } = await file.read('logits');
    const { data: labels } = await file.read('labels');
    file.close();
    const losses = ceLosses({
      n: shape[0],
      classes: shape[1],
      logits: Float64Array.from(logits),
      labels: Int32Array.from(labels),
    });
    const answers = join(folder, 'losses.csv');
    writeFileSync(
      answers,
      `score,record\n${Array.from(losses, (loss, i) => `${-loss},${i}\n`)
        .reverse()
        .join('')}`,
    );
    const guesses = join(folder, 'guesses.csv');
    writeFileSync(guesses, `record,score\n${Array.from(losses, (_, i) => `${i},1\n`).join('')}`);

    const told = JSON.parse(await run('score', guesses, answers, '--truth', truth, '--json'));
    const exact = auc(
      losses.map((loss) => -loss),
      Uint8Array.from(kept.members),
    );
    const estimates = new Map<string, number>(
      told.answers.map(({ file, auc }: { file: string; auc: { estimate: number } }) => [file, auc.estimate]),
    );
    expect(estimates.get(answers)).toBeCloseTo(exact.estimate, 12);
    expect(estimates.get(guesses)).toBe(0.5);
    expect([...estimates.values()]).toEqual([...estimates.values()].sort((a, b) => b - a));
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(told.truth);
    expect(await run('score', answers, '--truth', truth)).toContain('AUC');
  });

  it('is the same for the same seed, and no other', async () => {
    const set = await readSignals(digits);
    const [a, b, c] = [7, 7, 8].map((seed) => commitment(truthText(dealChallenge(set, 'x', seed).truth)));
    expect(b).toBe(a);
    expect(c).not.toBe(a);
  });

  it('trains a network of its own where no signals are given', async () => {
    const { out } = await deal('b', '--epochs', '1', '--defense', 'ccel:alpha=0.2');
    const known = await readSignals(join(out, 'known.npz'));
    expect(known.classes).toBe(30);
    expect(known.n).toBe(1252);
  }, 60_000);

  it('says what is wrong with an answer', async () => {
    const { truth } = dealChallenge(await readSignals(digits), 'x', 1);
    const answers = truth.members.map((_, record) => ({ record, score: record }));
    expect(() => scoreChallenge(answers.slice(1), truth)).toThrow('Record 0 has no score');
    expect(() => scoreChallenge([...answers, answers[3]], truth)).toThrow('Record 3 has two scores');
    expect(() => scoreChallenge([{ record: -1, score: 0 }], truth)).toThrow('a record is -1');
    expect(() => scoreChallenge([{ record: 2, score: Number.NaN }], truth)).toThrow(
      'the score of record 2 is NaN',
    );
  });

  it('never writes the truth beside the questions or over something, and takes no other file for it', async () => {
    const out = join(folder, 'c');
    const args = ['new', '--seed', '7', '--out', out, '--signals', digits, '--truth'];
    await expect(run(...args, join(out, 'truth.json'))).rejects.toThrow('must not lie in the folder');
    const there = join(folder, 'there.json');
    writeFileSync(there, '{}');
    await expect(run(...args, there)).rejects.toThrow('exists already');
    writeFileSync(join(folder, 'odd.csv'), 'id,guess\n0,1\n');
    await expect(run('score', join(folder, 'odd.csv'), '--truth', there)).rejects.toThrow('not the truth');
  });
});
