import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Asker } from '../../src/platform/kernel/standard-input';
import { Cells } from './cells';

describe('cells outside of the clone', () => {
  let cells: Cells;
  beforeAll(() => {
    cells = new Cells();
  });
  afterAll(() => cells.close());

  it('name what danfo gives them (TS2742)', async () => {
    await cells.run("import * as dfd from 'danfojs-node';\nconst df = new dfd.DataFrame([[2, 1], [4, 3]]);");
    const { error } = await cells.run(
      "const h = df.head(1); const g = df.groupby(['0']); const c = df.column('0'); const s = df.sortValues('0');\n" +
        "const cc = dfd.concat({ dfList: [df, df], axis: 0 }); const m = dfd.merge({ left: df, right: df, on: ['0'], how: 'inner' });\n" +
        "const read = () => dfd.readCSV('x.csv');",
    );
    expect(error).toBeUndefined();
    expect((await cells.run('[h.shape, m.shape]')).result!['text/plain']).toBe('[ [ 1, 2 ], [ 2, 3 ] ]');
  });

  describe('standard input', () => {
    /** Answers with these lines, and keeps the questions. */
    const person = (...lines: string[]): Asker & { questions: string[] } => {
      const questions: string[] = [];
      const now = (question: string): string | undefined => {
        questions.push(question);
        return lines.shift();
      };
      return { questions, now, later: async (question) => now(question) ?? new Promise(() => undefined) };
    };
    const readline = "import * as readline from 'node:readline/promises';\n";
    const question =
      "const rl = readline.createInterface({ input: process.stdin, output: process.stdout });\nawait rl.question('name? ')";

    it('is asked for by prompt and confirm', async () => {
      const asker = person('Ada', '', 'y', 'n');
      const code = "[prompt('name?'), prompt('age?', '36'), confirm('sure?'), confirm('really?')]";
      expect((await cells.run(code, asker)).result!['text/plain']).toBe("[ 'Ada', '36', true, false ]");
      expect(asker.questions).toEqual(['name? ', 'age? ', 'sure? [y/N] ', 'really? [y/N] ']);
    });

    it('is asked for by readline, once for each question, also from a later cell', async () => {
      const asker = person('Ada', 'Grace');
      const first = await cells.run(readline + question, asker);
      expect(first.result!['text/plain']).toBe("'Ada'");
      expect(first.stdout).toBe('name? ');
      await cells.run('await new Promise((done) => setTimeout(done, 150))', asker);
      expect(asker.questions).toHaveLength(1);
      expect((await cells.run("await rl.question('and? ')", asker)).result!['text/plain']).toBe("'Grace'");
    });

    it('is an error within a second where nobody can be asked', async () => {
      const started = performance.now();
      for (const code of ["prompt('name?')", readline + question]) {
        const { error } = await cells.run(code);
        expect(error).toMatchObject({ ename: 'UserError', evalue: expect.stringContaining('nobody to ask') });
      }
      expect(performance.now() - started).toBeLessThan(2000);
      expect((await cells.run('1')).result!['text/plain']).toBe('1');
    });

    it('ends with an interrupt', async () => {
      expect((await cells.run("prompt('name?')", person())).error).toMatchObject({ ename: 'Interrupted' });
    });
  });
});
