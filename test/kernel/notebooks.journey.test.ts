import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { writeUserKernelSpec } from '../../src/platform/kernel/kernel-spec.mjs';
import { notebookReport } from '../../src/platform/kernel/notebook-report';
import { notebooksCommand } from '../../src/platform/kernel/notebooks-command';
import { runNotebooks } from '../../src/platform/kernel/run-notebook';
import { notebook, resultText, type WrittenNotebook } from './notebook-files';
import { noPythonReason, python } from './session';

if (!python) console.warn(noPythonReason);

describe.skipIf(!python)('notebooks, each run in a kernel of its own', () => {
  let folder: string;
  const place = (name: string) => path.join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ccl-notebooks-'));
    writeUserKernelSpec({ root: projectRoot, dataFolder: folder });
    writeFileSync(place('good.ipynb'), notebook('const a = 20;', 'process.env.CCL_SMOKE', 'a + 1'));
    writeFileSync(place('bad.ipynb'), notebook('throw new RangeError("alpha is 2")', '1'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const nbconvert = (name: string) =>
    spawnSync(
      python!,
      ['-m', 'jupyter', 'nbconvert', '--to', 'notebook', '--execute', '--output', `out-${name}`, place(name)],
      { encoding: 'utf8', env: { ...process.env, JUPYTER_PATH: folder } },
    );

  it('are executed by nbconvert, with counts and results', () => {
    const ran = nbconvert('good.ipynb');
    expect(ran.stderr).not.toContain('Traceback');
    expect(ran.status).toBe(0);
    const written = JSON.parse(readFileSync(place('out-good.ipynb'), 'utf8')) as WrittenNotebook;
    expect(written.cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3]);
    expect(resultText(written, 2)).toBe('21');
  });

  it('fail in nbconvert with the error’s message and place', () => {
    const ran = nbconvert('bad.ipynb');
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain('RangeError: alpha is 2');
    expect(ran.stderr).toContain('at cell[1]:1:7');
  });

  it('of another form are refused, with the place, and as text that a terminal only shows', async () => {
    const one = notebook('1');
    const files = {
      'spec.ipynb': [
        one.replace(/"kernelspec":\{.*?\}/, '"kernelspec":5'),
        /«metadata\/kernelspec»: 5 is not/,
      ],
      'source.ipynb': [one.replace(/"cells":\[/, '"cells":[5,'), /no notebook as Jupyter writes it/],
      'deep.ipynb': [`{"nbformat":4,"metadata":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /too deeply/],
      'language.ipynb': [
        one.replace(/"kernelspec":\{.*?\}/, '"kernelspec":{"name":["ccl"],"display_name":{}}'),
        /«metadata\/kernelspec/,
      ],
      'minor.ipynb': [one.replace('"nbformat_minor":5', '"nbformat_minor":"x"'), /«nbformat_minor»: 'x'/],
      'tags.ipynb': [one.replace('"metadata":{},"exec', '"metadata":{"tags":5},"exec'), /metadata\/tags/],
      'red.ipynb': [
        one.replace(/"kernelspec":\{.*?\}/, '"kernelspec":{"name":"\\u001b[31mred","display_name":"r"}'),
        /not for TypeScript/,
      ],
    } as const;
    for (const [name, [text, reason]] of Object.entries(files)) {
      writeFileSync(place(name), text);
      const [result] = await runNotebooks({ files: [place(name)], inPlace: true });
      expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(reason) });
      expect(notebookReport(result!)).not.toContain('\u001b');
      expect(readFileSync(place(name), 'utf8')).toBe(text);
    }
  });

  /** Cell 1 shows a figure twice, updated in place and as its result; cell 2 shows none. */
  const figures = notebook(
    [
      'const kernel = (globalThis as any)[Symbol.for("ccl-lab.kernel")];',
      'const type = "application/vnd.plotly.v1+json";',
      'const figure = (y: number) => ({ data: [{ type: "scatter", y: [1, y] }], layout: { title: { text: "Two points" } } });',
      'kernel.display({ [type]: figure(7) }).update({ [type]: figure(8) });',
      '({ [Symbol.for("Jupyter.display")]: () => ({ [type]: figure(process.env.CCL_SMOKE ? 2 : 3) }) })',
    ].join('\n'),
    '1 + 1',
  );

  it('must show the figures of their file at full sizes, as many at tiny ones; written ones only say what changed', async () => {
    const file = place('figures.ipynb');
    writeFileSync(file, figures);
    const check = async (options: { full?: boolean; write?: boolean; tolerance?: number }) => {
      const lines: string[] = [];
      const print = (line: string) => lines.push(line);
      const status = await notebooksCommand({ files: [file], python: python!, print, ...options });
      return { status, text: lines.join('\n') };
    };
    const change = (from: string, to: string) => {
      const text = readFileSync(file, 'utf8');
      expect(text).toMatch(from);
      writeFileSync(file, text.replace(from, to));
    };
    const first = await check({ full: true, write: true });
    expect(first.status).toBe(0);
    expect(first.text).toContain('The file had no outputs, so no figures were compared.');

    change('3\n', '2.5\n'); // in the result's numbers, the only 3 at the end of a line
    const other = await check({ full: true, tolerance: 0.1 });
    expect(other.status).toBe(1);
    for (const part of [
      /^FAILED {2}figures\.ipynb/,
      /^ {2}Cell 1, figure 1 «Two points»: equal$/m,
      /^ {2}Cell 1, figure 2 «Two points»: 1 difference; largest relative difference 0\.17, at data\[0\]\.y\[1\]$/m,
      /^ {4}data\[0\]\.y\[1\]: 2\.5 in the file, 3 now$/m,
      /^ {2}1 of 2 figures not as in the file \(relative tolerance 0\.1\)\. --write keeps/m,
      /^1 of 1 failed$/m,
    ]) {
      expect(other.text).toMatch(part);
    }
    expect(readFileSync(file, 'utf8')).toContain('2.5\n');
    const written = await check({ full: true, write: true });
    expect(written.status).toBe(0);
    expect(written.text).toMatch(/^ {4}data\[0\]\.y\[1\]: 2\.5 in the file, 3 now$/m);
    expect(written.text).toContain('1 of 2 figures changed');
    expect(readFileSync(file, 'utf8')).not.toContain('2.5\n');

    // At the tiny sizes the numbers differ and are not compared; a figure that the file lacks is told.
    const { cells, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as WrittenNotebook;
    cells[0]!.outputs.pop();
    writeFileSync(file, JSON.stringify({ ...rest, cells }));
    const more = await check({});
    expect(more.status).toBe(1);
    expect(more.text.split('\n').slice(1)).toEqual([
      '  Cell 1, figure «Two points»: the cell shows it, the file does not have it',
      '1 of 1 failed',
    ]);
  });
});
