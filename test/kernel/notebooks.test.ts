import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeUserKernelSpec } from '../../src/platform/kernel/kernel-spec.mjs';
import { notebookReport } from '../../src/platform/kernel/notebook-report';
import { notebooksCommand } from '../../src/platform/kernel/notebooks-command';
import { runNotebooks } from '../../src/platform/kernel/run-notebook';
import { projectRoot } from '../../src/paths';
import { noPythonReason, python } from './session';

if (!python) console.warn(noPythonReason);

function notebook(...sources: string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'ccl', display_name: 'CCL (TypeScript)', language: 'typescript' } },
    cells: sources.map((source, i) => ({
      id: `cell${i}`,
      cell_type: 'code',
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

interface WrittenNotebook {
  cells: {
    execution_count: number;
    outputs: { output_type: string; data: { 'text/plain': string | string[] } }[];
  }[];
}

/** The plain text of a cell's result; notebooks keep texts as lists of lines. */
function resultText({ cells }: WrittenNotebook, cell: number): string {
  const output = cells[cell]!.outputs.find(({ output_type: type }) => type === 'execute_result');
  return [output!.data['text/plain']].flat().join('');
}

describe.skipIf(!python)('notebooks', () => {
  let folder: string;
  const place = (name: string) => path.join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ccl-notebooks-'));
    writeUserKernelSpec({ root: projectRoot, dataFolder: folder });
    writeFileSync(place('good.ipynb'), notebook('const a = 20;', 'process.env.CCL_SMOKE', 'a + 1'));
    writeFileSync(
      place('bad.ipynb'),
      notebook('console.error("what went before");\nthrow new RangeError("alpha is 2")', '1'),
    );
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
    expect(ran.stderr).toContain('at cell[1]:2:7');
  });

  it('are run in smoke mode without being changed, and a failing cell is told in full', async () => {
    const before = readFileSync(place('good.ipynb'), 'utf8');
    const lines: string[] = [];
    const status = await notebooksCommand({
      files: [place('good.ipynb'), place('bad.ipynb')],
      python: python!,
      timeoutSeconds: 30,
      print: (line) => lines.push(line),
    });
    expect(status).toBe(1);
    expect(readFileSync(place('good.ipynb'), 'utf8')).toBe(before);
    const [good, bad, sum] = lines;
    expect(good).toMatch(/^ok +good\.ipynb {2}3 cells, [\d.]+ s$/);
    expect(bad).toMatch(/^FAILED +bad\.ipynb {2}1 cell, /);
    for (const part of ['Cell 1:', 'RangeError: alpha is 2', 'at cell[1]:2:7', 'what went before']) {
      expect(bad).toContain(part);
    }
    expect(sum).toBe('1 of 2 failed');
  });

  it('keep their outputs when asked to, and tell of a cell that takes too long', async () => {
    writeFileSync(
      place('slow.ipynb'),
      notebook('process.env.CCL_SMOKE', 'await new Promise((done) => setTimeout(done, 60_000))'),
    );
    const [slow] = await runNotebooks({
      files: [place('slow.ipynb')],
      python: python!,
      smoke: true,
      inPlace: true,
      timeoutSeconds: 2,
    });
    expect(slow).toMatchObject({ ok: false, cells: [{ status: 'ok' }, { status: 'timeout', cell: 2 }] });
    expect(notebookReport(slow!)).toContain('It did not end within');
    const written = JSON.parse(readFileSync(place('slow.ipynb'), 'utf8')) as WrittenNotebook;
    expect(resultText(written, 0)).toBe("'1'");
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

  it('take a tolerance at full sizes only, and no negative one', async () => {
    const run = (options: object) => notebooksCommand({ files: [place('good.ipynb')], ...options });
    await expect(run({ tolerance: 0.1 })).rejects.toThrow('--tolerance needs --full');
    await expect(run({ tolerance: -1, full: true })).rejects.toThrow(/the tolerance is -1, but/);
  });

  it('of other kernels and formats are refused, and stay as they are', async () => {
    const python3 = { name: 'python3', display_name: 'Python 3', language: 'python' };
    const files = {
      'py.ipynb': [
        notebook('1').replace(/"kernelspec":\{.*?\}/, `"kernelspec":${JSON.stringify(python3)}`),
        /is for the kernel «Python 3» \(python\).*jupyter execute/,
      ],
      'v3.ipynb': [JSON.stringify({ nbformat: 3, metadata: {}, worksheets: [] }), /format 3.*nbconvert/],
    } as const;
    for (const [name, [text, reason]] of Object.entries(files)) {
      writeFileSync(place(name), text);
      const [result] = await runNotebooks({ files: [place(name)], inPlace: true });
      expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(reason) });
      expect(readFileSync(place(name), 'utf8')).toBe(text);
    }
  });

  it('that cannot be read or do not exist are told by name', async () => {
    writeFileSync(place('broken.ipynb'), '{"cells": [');
    const [broken] = await runNotebooks({ files: [place('broken.ipynb')], python: python! });
    expect(broken!.ok).toBe(false);
    expect(broken!.problem).toMatch(/JSON/i);
    await expect(runNotebooks({ files: [place('none.ipynb')], python: python! })).rejects.toThrow(
      /the notebook is ".*none\.ipynb", but no such file exists/,
    );
  });
});
