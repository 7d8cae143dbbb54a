import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { load } from './load';

let root = '';
const write = (file: string, text = 'x') => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};
const notebook = (...sources: string[]) =>
  JSON.stringify({ cells: sources.map((source) => ({ cell_type: 'code', source: [source] })) });

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ccl-class-'));
  write('.gitignore', 'node_modules\nout/\ndata/made/\n*.log\n*.tgz\n!data/records.tgz\n');
  write('notebooks/01-first.ipynb', notebook('const mine: number | null = null; // your answer'));
  write('notebooks/solutions/01-first.md', 'the answer is 42');
  write('data/records.tgz');
  write('src/index.ts');
  for (const file of [
    'node_modules/a/b.js',
    'data/made/index',
    'out/store/x',
    'run.log',
    'pack.tgz',
    '.git/HEAD',
  ])
    write(file);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the copy for students', () => {
  it('has the project without solutions, packages, outputs and history', async () => {
    const { copyForClass } = await load('class-copy.mjs');
    const target = path.join(root, 'out', 'class', 'lab');
    expect(copyForClass(root, target)).toEqual(['01-first.ipynb']);
    expect(readdirSync(target).sort()).toEqual(['.gitignore', 'data', 'notebooks', 'src']);
    expect(readdirSync(path.join(target, 'notebooks'))).toEqual(['01-first.ipynb']);
    expect(readdirSync(path.join(target, 'data'))).toEqual(['records.tgz']);
    expect(readdirSync(path.dirname(target))).toEqual(['lab']);
  });

  it('never replaces a folder in which students may have worked', async () => {
    const { copyForClass } = await load('class-copy.mjs');
    write('copy/work.txt', 'mine');
    expect(() => copyForClass(root, path.join(root, 'copy'))).toThrow(/exists already/);
    expect(readdirSync(path.join(root, 'copy'))).toEqual(['work.txt']);
  });

  it.each([
    ["const mine: 'a' | null = 'a'; // your answer", "exercises.checkAnswer('mine', mine)"],
    ['const mine: string | null = `select 1\n  from runs`;', "await exercises.checkQuery('mine', mine)"],
  ])('refuses notebooks in which an exercise is answered, and names it: %s', async (answer, check) => {
    const { copyForClass } = await load('class-copy.mjs');
    write('notebooks/02-second.ipynb', notebook('1 + 1', `${answer}\n\nconsole.log(${check});`));
    const target = path.join(root, 'copy');
    expect(() => copyForClass(root, target)).toThrow(`02-second.ipynb is answered: ${answer.split('\n')[0]}`);
    expect(existsSync(target)).toBe(false);
  });
});
