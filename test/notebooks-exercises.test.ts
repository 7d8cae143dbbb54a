import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { queries } from '../src/exercises/queries';
import { exercises } from '../src/index';
import { projectRoot } from '../src/paths';

interface Exercise {
  /** The variable that takes the answer, and the name of the exercise. */
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

const waiting =
  /^const (\w+): (.*) \| null = null; .*\n\nconsole\.log\((?:exercises\.checkAnswer|await exercises\.checkQuery)\('(\w+)', (\w+)\)\);$/;

/** The cells that wait for an answer. */
function cellsOf(name: string): { answer: string; type: string }[] {
  const { cells } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { cells: Cell[] };
  const code = cells.filter((cell) => cell.cell_type === 'code').map(({ source }) => source.join(''));
  return code.flatMap((source) => {
    if (!/exercises\.check\w+\(/.test(source)) return [];
    const [, answer, type, ...named] = waiting.exec(source) ?? [];
    expect(named, source).toEqual([answer, answer]);
    return [{ answer, type }];
  });
}

const inSql = (answer: string): boolean => Object.hasOwn(queries, answer);
const check = (name: string, answer: unknown): string | Promise<string> =>
  inSql(name)
    ? exercises.checkQuery(name as exercises.QueryName, answer as string | null)
    : exercises.checkAnswer(name as exercises.ExerciseName, answer as never);
const valueOf = (text: string): unknown =>
  new Function(ts.transpile(`return (${text});`, { target: ts.ScriptTarget.ES2022 }))();

describe('the solutions', () => {
  it.skipIf(names.length === 0)('are there for each notebook, and for nothing else', () => {
    const files = readdirSync(solutions).filter((name) => name !== 'README.md');
    expect(files.sort()).toEqual(names.map((name) => name.replace(/\.ipynb$/, '.md')));
    const all = names.flatMap((name) => exercisesOf(name).map(({ answer }) => answer));
    expect([...exercises.exerciseNames].sort()).toEqual(all.sort());
  });

  it.skipIf(names.length === 0)(
    'have the types that the cells ask for',
    () => {
      const lines = names.flatMap((name) =>
        exercisesOf(name).flatMap(({ answer, right, wrong }) => {
          const { type } = cellsOf(name).find((cell) => cell.answer === answer)!;
          const call = inSql(answer) ? 'checkQuery' : 'checkAnswer';
          return [right, wrong].map(
            (value) => `{ const a: ${type} | null = ${value}; exercises.${call}('${answer}', a); }`,
          );
        }),
      );
      const file = join(projectRoot, 'test', 'answers-of-the-solutions.ts');
      const text = `import { exercises } from '../src/index';\n${lines.join('\n')}`;
      const { options } = ts.parseJsonConfigFileContent(
        ts.readConfigFile(join(projectRoot, 'tsconfig.json'), ts.sys.readFile).config,
        ts.sys,
        projectRoot,
      );
      const host = ts.createCompilerHost(options);
      const { getSourceFile, fileExists } = host;
      host.fileExists = (path) => path === file || fileExists(path);
      host.getSourceFile = (path, ...rest) =>
        path === file
          ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022)
          : getSourceFile(path, ...rest);
      const program = ts.createProgram([file], { ...options, noEmit: true }, host);
      const faults = program.getSemanticDiagnostics(program.getSourceFile(file));
      expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
    60_000,
  );
});

describe.each(names)('exercises of %s', (name) => {
  const list = exercisesOf(name);

  it('every cell that waits for an answer has a solution', () => {
    const cells = cellsOf(name).map(({ answer }) => answer);
    expect(cells.length).toBeGreaterThan(0);
    expect(list.map(({ answer }) => answer)).toEqual(cells);
  });

  it('one at least is answered by code', () => {
    expect(cellsOf(name).filter(({ type }) => type.includes('=>'))).not.toEqual([]);
  });

  it.each(list)('$answer: the check says what is right and what is not', async ({ answer, right, wrong }) => {
    expect(await check(answer, null)).toMatch(/^Hint: /);
    expect(await check(answer, valueOf(right))).toMatch(/^Right\./);
    expect(await check(answer, valueOf(wrong))).toMatch(/^Not yet: /);
    expect(exercises.solution(answer as exercises.ExerciseName)).toContain(right);
  });
});
