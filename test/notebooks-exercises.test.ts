import { existsSync, readFileSync, readdirSync } from 'node:fs';
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

interface Cell {
  readonly cell_type: string;
  readonly source: string[];
}

const folder = join(projectRoot, 'notebooks');
// Students have a copy without this folder.
const solutions = join(folder, 'solutions');
const names = existsSync(solutions)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.ipynb'))
      .sort()
  : [];

/** The answers in a file of solutions: a heading with the variable, then `- Right:` and `- Wrong:`. */
function exercisesOf(name: string): Exercise[] {
  const file = join(solutions, name.replace(/\.ipynb$/, '.md'));
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return [...text.matchAll(/^## `(\w+)`\n\n- Right: `(.+)`\n- Wrong: `(.+)`\n\n\S/gm)].map(
    ([, answer, right, wrong]) => ({ answer, right, wrong }),
  );
}

const skipped = python === undefined ? ` (${noPythonReason})` : '';

describe('the solutions', () => {
  it.skipIf(names.length === 0)('are there for each notebook, and for nothing else', () => {
    const files = readdirSync(solutions).filter((name) => name !== 'README.md');
    expect(files.sort()).toEqual(names.map((name) => name.replace(/\.ipynb$/, '.md')));
  });
});

// One kernel a notebook: the imports once, then each check with a wrong and a right answer, and as a student finds it.
describe.each(names)('exercises of %s', (name) => {
  const list = exercisesOf(name);
  const { cells } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { cells: Cell[] };
  const code = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => source.join(''));
  const imports = code[0].slice(0, code[0].indexOf("from 'ccl-lab';") + "from 'ccl-lab';".length);

  it('every cell that waits for an answer has a solution', () => {
    const waiting = code.flatMap((source) => /^const (\w+): .*\| null = null;/.exec(source)?.[1] ?? []);
    expect(waiting.length).toBeGreaterThan(0);
    expect(list.map(({ answer }) => answer)).toEqual(waiting);
  });

  it.skipIf(python === undefined)(
    `a check says what is right and what is not${skipped}`,
    async () => {
      const session = new Session();
      try {
        await session.start(folder);
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
