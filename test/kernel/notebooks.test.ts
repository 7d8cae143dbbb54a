import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notebookReport } from '../../src/platform/kernel/notebook-report';
import { notebooksCommand } from '../../src/platform/kernel/notebooks-command';
import { runNotebooks } from '../../src/platform/kernel/run-notebook';
import { notebook, resultText, type WrittenNotebook } from './notebook-files';
import { noPythonReason, python } from './session';

if (!python) console.warn(noPythonReason);

describe.skipIf(!python)('notebooks', () => {
  let folder: string;
  const place = (name: string) => path.join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ccl-notebooks-'));
    writeFileSync(place('good.ipynb'), notebook('const a = 20;', 'process.env.CCL_SMOKE', 'a + 1'));
    writeFileSync(
      place('bad.ipynb'),
      notebook('console.error("what went before");\nthrow new RangeError("alpha is 2")', '1'),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
