import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../src/paths';
import { Session, noPythonReason, python, streamText } from './kernel/session';

interface Exercise {
  /** The variable that takes the answer. */
  readonly answer: string;
  readonly right: string;
  readonly wrong: string;
}

const exercises: Readonly<Record<string, readonly Exercise[]>> = {
  '01-first-look.ipynb': [
    // alpha = (e - 2) / (e - 1)
    { answer: 'myAlpha', right: '0.418', wrong: '0.5' },
    { answer: 'myAdvantage', right: '0.46', wrong: '0.54' },
  ],
  '02-losses.ipynb': [
    { answer: 'convexFrom', right: '0.731', wrong: '0.5' },
    { answer: 'hardestPull', right: '0.10', wrong: '0.2' },
    { answer: 'givesUp', right: "'cel'", wrong: "'ccel'" },
  ],
  '03-variance-theory.ipynb': [
    { answer: 'beginsAt', right: '0.51', wrong: '0.7' },
    { answer: 'growsBelow', right: '0.33', wrong: '0.5' },
    { answer: 'variances', right: '8', wrong: '4' },
  ],
  '06-audit-your-own-model.ipynb': [
    { answer: 'smallestRate', right: '1 / 860', wrong: '0.01' },
    { answer: 'randomAuc', right: '0.5', wrong: '0.6' },
    { answer: 'falseAlarm', right: '0.64', wrong: '0.05' },
  ],
};

interface Cell {
  readonly cell_type: string;
  readonly source: string[];
}

const skipped = python === undefined ? ` (${noPythonReason})` : '';

// One kernel a notebook: the imports once, then each check with a wrong and a right answer, and as a student finds it.
describe.each(Object.entries(exercises))('exercises of %s', (name, list) => {
  const file = join(projectRoot, 'notebooks', name);
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: Cell[] };
  const code = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => source.join(''));
  const imports = code[0].slice(0, code[0].indexOf("from 'ccl-lab';") + "from 'ccl-lab';".length);

  it('every cell that waits for an answer is in this test', () => {
    const waiting = code.flatMap((source) => /^const (\w+): .*\| null = null;/.exec(source)?.[1] ?? []);
    expect(waiting).toEqual(list.map(({ answer }) => answer));
  });

  it.skipIf(python === undefined)(
    `a check says what is right and what is not${skipped}`,
    async () => {
      const session = new Session();
      try {
        await session.start(join(projectRoot, 'notebooks'));
        expect((await session.execute(imports)).reply.status).toBe('ok');
        for (const { answer, right, wrong } of list) {
          const cell = code.find((source) => source.startsWith(`const ${answer}:`))!;
          const told = async (value: string): Promise<string> => {
            const ran = await session.execute(cell.replace('| null = null;', `| null = ${value};`));
            expect(ran.reply.status, `${answer} = ${value}`).toBe('ok');
            return streamText(ran);
          };
          expect(await told('null'), answer).toMatch(/^Hint: /);
          expect(await told(right), answer).toMatch(/^Right\b/);
          expect(await told(wrong), answer).toMatch(/^Not yet: /);
        }
      } finally {
        await session.close();
      }
    },
    60_000,
  );
});
