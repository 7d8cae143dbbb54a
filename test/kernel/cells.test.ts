import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

  it('have values whose types have no name: they are any to later cells, a module is the module (TS4023, TS4094)', async () => {
    writeFileSync(
      path.join(cells.folder, 'keeps.ts'),
      'interface Kept { a: number }\nexport const kept = (): Kept => ({ a: 1 });\nexport const wrapped = () => class { private b = 2; };\n',
    );
    writeFileSync(
      path.join(cells.folder, 'passes-on.ts'),
      "import { kept } from './keeps';\nexport const passed = kept();\n",
    );
    const values = await cells.run(
      "import { kept, wrapped } from './keeps';\nimport { passed } from './passes-on';\n" +
        'const own = kept(); const Klass = class { private c = 3; }; function make() { return wrapped(); }\n' +
        'class Holder { held = kept(); n = 1; }\n[own.a, passed.a, typeof make()]',
    );
    expect(values.error).toBeUndefined();
    expect((await cells.run('[own.a, typeof Klass, new Holder().held.a]')).result!['text/plain']).toBe(
      "[ 1, 'function', 1 ]",
    );
    // What else the class has keeps its type.
    expect((await cells.run("new Holder().n = 'x'")).error!.evalue).toContain('TS2322');
    await cells.run("const fs = await import('node:fs'), http = await import('http');");
    expect((await cells.run("fs.existsSync('keeps.ts')")).result!['text/plain']).toBe('true');
    expect((await cells.run('fs.existSync')).error!.evalue).toContain("Did you mean 'existsSync'?");
    // An error of the cell itself is told as ever.
    expect((await cells.run('const wrong: string = kept().a;')).error!.evalue).toContain('TS2322');
  });

  describe('values', () => {
    const shown = async (code: string): Promise<Record<string, unknown>> => {
      const { result, error } = await cells.run(code);
      expect(error).toBeUndefined();
      return result!;
    };

    it('that are rows are a table, escaped, with a column for each key', async () => {
      const table = await shown("[{ name: '<b>', n: 1 }, { name: 'b', m: 1 / 3 }]");
      expect(table['text/html']).toContain('<th>name</th><th>n</th><th>m</th>');
      expect(table['text/html']).toContain('<td>&lt;b&gt;</td><td>1</td><td></td>');
      expect(table['text/plain']).toContain("name: '<b>'");
      for (const code of ['[{ a: { b: 1 } }]', '[[1]]', '[new Date(0)]', '[]']) {
        expect(Object.keys(await shown(code))).toEqual(['text/plain']);
      }
    });

    it('that hold long arrays are told part by part', async () => {
      const data = await shown(
        "({ name: 'blobs', records: 300, x: new Float32Array(600).fill(0.5), members: [new Uint8Array(300), new Uint8Array(300)], model() {} })",
      );
      expect(data['text/plain']).toBe(
        'name     blobs\nrecords  300\nx        Float32Array [600]: 0.5, 0.5, 0.5, 0.5, 0.5, …\n' +
          'members  2 × Uint8Array [300]: 0, 0, 0, 0, 0, …',
      );
      expect(data['text/html']).toContain('<tr><th>records</th><td>300</td></tr>');
    });

    it('of other libraries are drawn: elements, canvases, bytes of pictures', async () => {
      expect(await shown("({ outerHTML: '<p>plot</p>' })")).toMatchObject({ 'text/html': '<p>plot</p>' });
      expect(await shown("({ outerHTML: '<svg></svg>' })")).toMatchObject({ 'image/svg+xml': '<svg></svg>' });
      const png = 'Buffer.from([0x89, 0x50, 0x4e, 0x47, 1])';
      expect(await shown(png)).toMatchObject({ 'image/png': 'iVBORwE=' });
      expect(await shown(`({ getContext() {}, toBuffer: () => ${png} })`)).toMatchObject({
        'image/png': 'iVBORwE=',
      });
      expect(Object.keys(await shown('Buffer.from([1])'))).toEqual(['text/plain']);
    });

    it('that are promises are told to be waited for, without what Node hangs on them', async () => {
      const text = String((await shown('[Promise.resolve(1)][0]'))['text/plain']);
      expect(text).toBe('Promise { 1 }\n(a promise: write «await» before it to have its value)');
      await cells.run("import { inspect } from 'node:util';");
      expect((await shown('inspect({ p: Promise.resolve(1) })'))['text/plain']).toBe(
        "'{ p: Promise { 1 } }'",
      );
    });

    it('that have shown themselves are not shown again', async () => {
      expect(
        (await cells.run("({ [Symbol.for('Jupyter.display')]: () => undefined })")).result,
      ).toBeUndefined();
    });

    it('that tslab displays as JSON text are JSON', async () => {
      const code =
        "import { display } from 'tslab';\ndisplay.raw('application/vnd.plotly.v1+json', JSON.stringify({ data: [] }));";
      expect((await cells.run(code)).displays).toEqual([
        { 'application/vnd.plotly.v1+json': { data: [], layout: {} } },
      ]);
    });
  });

  describe('help while one types', () => {
    it('offers the names that a function says it takes, at once', async () => {
      await cells.run(
        'function pick(name: string): string { return name; }\nconst own = { pick };\n' +
          "Object.defineProperty(pick, Symbol.for('ccl-lab.choices'), { value: () => ['ce', 'ccel', 'focal'] });",
      );
      for (const [code, names] of [
        ["pick('", ['ce', 'ccel', 'focal']],
        ["const x = own.pick('c", ['ce', 'ccel']],
        ["pick('ce', '", []],
      ] as const) {
        expect(cells.complete(code)).toEqual(names);
      }
      expect(cells.handler.handleComplete({ code: "pick('')", cursor_pos: 6 })).toMatchObject({
        matches: ['ce', 'ccel', 'focal'],
        cursor_start: 6,
        cursor_end: 6,
      });
    });

    it('offers modules and files behind from', () => {
      writeFileSync(path.join(cells.folder, 'helper.ts'), 'export const half = 2;\n');
      expect(cells.complete("import {} from 'ccl")).toEqual(['ccl-lab']);
      expect(cells.complete("import {} from 'node:f")).toEqual(['node:fs']);
      expect(cells.complete("import {} from './h")).toEqual(['./helper']);
      expect(cells.complete("await import('ccl")).toEqual(['ccl-lab']);
    });

    it('says what each word is', async () => {
      await cells.run('const countable = 1; function count(): void {}\nclass Counter {}');
      const { matches, metadata } = cells.handler.handleComplete({ code: 'count', cursor_pos: 5 });
      const types = (metadata as unknown as { _jupyter_types_experimental: { text: string; type: string }[] })
        ._jupyter_types_experimental;
      expect(types.map(({ text }) => text)).toEqual(matches);
      const typeOf = Object.fromEntries(types.map(({ text, type }) => [text, type]));
      expect(typeOf).toMatchObject({ countable: 'variable', count: 'function', Counter: 'class' });
    });

    it('tells the signature inside of a call, with the parameter that comes next', async () => {
      await cells.run(
        '/**\n * Halves it.\n * @param times how often\n */\nfunction halve(x: number, times: number): number { return x / times; }',
      );
      const asked = (code: string) =>
        cells.handler.handleInspect({ code, cursor_pos: code.length, detail_level: 0 });
      const { found, data } = asked('halve(2, ');
      expect(found).toBe(true);
      expect(data['text/plain']).toContain('halve(x: number, times: number): number');
      expect(data['text/plain']).toContain('Halves it.');
      expect(data['text/plain']).toContain('@param times how often');
      expect(asked('1 + ').found).toBe(false);
    });
  });

  describe('files and packages', () => {
    const write = (name: string, text: string): void => {
      mkdirSync(path.dirname(path.join(cells.folder, name)), { recursive: true });
      writeFileSync(path.join(cells.folder, name), text);
    };
    const value = async (code: string): Promise<unknown> => {
      const { result, error } = await cells.run(code);
      return error ?? result?.['text/plain'];
    };

    it.each([
      ['own.json', '{ "v": 1 }', '{ "v": 2 }', "import own from './own.json';\nown.v"],
      [
        'own.js',
        'module.exports = { v: 1 };',
        'module.exports = { v: 2 };',
        "import * as js from './own.js';\njs.v",
      ],
      ['typed.ts', 'export const v = 1;', 'export const v: number = 2;', "import { v } from './typed';\nv"],
    ])(
      '%s is read anew once it was edited, and may be imported again and again',
      async (name, before, after, code) => {
        write(name, before);
        expect([await value(code), await value(code)]).toEqual(['1', '1']);
        await new Promise((done) => setTimeout(done, 20));
        write(name, after);
        expect(await value(code)).toBe('2');
      },
    );

    it('a package is found once it was installed', async () => {
      const code = "import { pack } from 'newpack';\npack";
      expect(await value(code)).toMatchObject({
        evalue: expect.stringContaining(`npm install newpack in ${cells.folder}`),
      });
      write('node_modules/newpack/package.json', '{ "name": "newpack", "main": "i.js", "types": "i.d.ts" }');
      write('node_modules/newpack/i.js', 'exports.pack = 3;');
      write('node_modules/newpack/i.d.ts', 'export const pack: number;');
      await new Promise((done) => setTimeout(done, 1500));
      expect(await value(code)).toBe('3');
    });
  });

  describe('code from elsewhere', () => {
    it('that says export runs', async () => {
      const code =
        'export const tenfold = 10;\nexport default function grow(n: number): number { return n * tenfold; }\n' +
        'export type Size = number;\nexport { tenfold as other };\ngrow(2)';
      expect((await cells.run(code)).result!['text/plain']).toBe('20');
      expect((await cells.run('export const failing: number = "a";')).error!.traceback[1]).toMatch(
        /:1:14 - /,
      );
    });

    it('that passes on what other files export runs', async () => {
      writeFileSync(path.join(cells.folder, 'given.ts'), 'export const given = 4;\nconsole.log(1);\n');
      const code =
        "export { given as taken } from './given';\nexport * as all from './given';\nexport * from 'fs';";
      expect((await cells.run(code)).error).toBeUndefined();
      expect((await cells.run('[taken, all.given]')).result!['text/plain']).toBe('[ 4, 4 ]');
    });

    it.each([
      ['import matplotlib.pyplot as plt', /^line 1: This is a Python import.*plotly/],
      ['from numpy import array', /Python import/],
      ['%matplotlib inline', /magic of IPython/],
      ['!ls -l', /execSync\("ls -l"\)/],
      ['pip install zod', /npm install zod/],
      ['const element = <b>hi</b>;', /no JSX/],
      ['print(1)', /console\.log/],
      ['def half(x):', /not Python: function name/],
      ['?Map', /Shift\+Tab/],
      ['Map?', /Shift\+Tab/],
    ])('%s is answered in words', async (code, words) => {
      const { error } = await cells.run(code);
      expect(error!.evalue).toMatch(words);
      expect(error!.evalue).not.toContain('TS');
    });

    it('is not told of JSX where HTML stands in a text', async () => {
      expect((await cells.run('show_it(`<b>a</b>`)')).error!.evalue).toContain("Cannot find name 'show_it'");
    });

    it('may have decorators as JavaScript has them', async () => {
      const code =
        'function twice(method: () => number, _: ClassMethodDecoratorContext) { return () => 2 * method(); }\n' +
        'class Decorated { @twice n() { return 4; } }\nnew Decorated().n()';
      expect((await cells.run(code)).result!['text/plain']).toBe('8');
    });
  });

  describe('a cell that fails', () => {
    it('leaves behind what it reached, and no names of the rest', async () => {
      await cells.run(
        "const reached = 1, both = 2; function thrower(): never { throw new Error('x'); }\nconst missed = thrower(), last = 3;",
      );
      expect((await cells.run('[reached, both]')).result!['text/plain']).toBe('[ 1, 2 ]');
      for (const name of ['missed', 'last']) {
        expect((await cells.run(name)).error!.evalue).toContain(`Cannot find name '${name}'`);
      }
      expect((await cells.run('const require = 5')).error!.evalue).toContain(
        '«require» is a name of the kernel',
      );
    });

    it('has a stack without the kernel, wherever it is shown', async () => {
      const { result } = await cells.run("function deep(): Error { return new Error('shown'); }\n\ndeep()");
      expect(String(result!['text/plain']).split('\n')).toEqual([
        'Error: shown',
        expect.stringMatching(/^ {4}at deep \(cell\[\d+\]:1:33\)$/),
        expect.stringMatching(/^ {4}at cell\[\d+\]:3:1$/),
      ]);
    });
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

    it('of a cell that listens to an interrupt has time to end', async () => {
      await cells.run("const kernel = (globalThis as any)[Symbol.for('ccl-lab.kernel')];");
      const ending = cells.run(
        "await new Promise((_, reject) => kernel.signal.addEventListener('abort', () => setTimeout(() => reject(kernel.signal.reason), 3500)));",
      );
      setTimeout(() => cells.runner.interrupt(), 1000);
      expect((await ending).error).toMatchObject({
        ename: 'Interrupted',
        evalue: 'the cell was interrupted',
      });
    });

    it('ends with an interrupt', async () => {
      expect((await cells.run("prompt('name?')", person())).error).toMatchObject({ ename: 'Interrupted' });
    });
  });
});
