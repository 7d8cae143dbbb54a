import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CommOpening } from '../../src/platform/kernel/kernel-hook';
import { restoreOutputs } from '../../src/platform/live/saved-outputs';

const folder = mkdtempSync(path.join(tmpdir(), 'ccl-saved-'));
afterAll(() => rmSync(folder, { recursive: true }));

const view = (id: unknown): object => ({ 'application/vnd.jupyter.widget-view+json': { model_id: id } });
const state = (opening: CommOpening | undefined): Record<string, unknown> =>
  (opening?.data as { state: Record<string, unknown> }).state;

/** What is opened for a notebook whose one cell has these outputs. */
function restored(outputs: unknown, open: readonly string[] = []): CommOpening[] {
  const file = path.join(folder, 'a.ipynb');
  writeFileSync(file, JSON.stringify({ cells: [{ cell_type: 'markdown' }, { outputs }] }));
  return openings(file, open);
}

function openings(file: string, open: readonly string[] = []): CommOpening[] {
  const opened: CommOpening[] = [];
  const openComm = (opening: CommOpening) => {
    opened.push(opening);
    const silent = () => undefined;
    const id = opening.id ?? `made-${opened.length}`;
    return {
      id,
      targetName: '',
      closed: false,
      send: silent,
      close: silent,
      onMessage: silent,
      onClose: silent,
    };
  };
  restoreOutputs(file, { openComm }, (id) => open.includes(id));
  return opened;
}

describe('outputs of a kernel that is gone', () => {
  const plotly = {
    'application/vnd.plotly.v1+json': { data: [], layout: { title: 'T' } },
    'text/plain': 'a line',
  };

  it('show the saved figure under the name that the notebook knows', () => {
    const opened = restored([{ output_type: 'stream' }, { data: { ...view('m1'), ...plotly } }]);
    const box = opened.find(({ id }) => id === 'm1');
    expect(state(box)).toMatchObject({ _model_name: 'VBoxModel' });
    const figure = opened.find((each) => state(each)._model_module === 'anywidget');
    expect(state(figure)).toMatchObject({ spec: plotly['application/vnd.plotly.v1+json'], alt: 'a line' });
    const at = opened.indexOf(figure!) + 1;
    expect(state(box).children).toEqual([`IPY_MODEL_made-${at}`]);
  });

  it.each([
    ['a table', { 'text/html': ['<b>', 'x</b>'], 'text/plain': 'x' }, '<b>x</b>'],
    [
      'a picture',
      { 'image/png': 'QUJD\n', 'text/plain': '<' },
      '<img src="data:image/png;base64,QUJD" alt="&lt;">',
    ],
    ['a text', { 'text/plain': ['a <', '\nb'] }, '<pre>a &lt;\nb</pre>'],
    ['no picture', { 'image/png': '"><script>', 'text/plain': 'x' }, '<pre>x</pre>'],
  ])('show %s as HTML', (_, data, html) => {
    const opened = restored([{ data: { ...view('m1'), ...data } }]);
    expect(opened.map((each) => state(each).value)).toContain(html);
  });

  it.each<[string, unknown, string[]]>([
    ['a widget that the kernel has', [{ data: { ...view('m1'), ...plotly } }], ['m1']],
    ['an output without a widget', [{ data: plotly }], []],
    ['a widget with nothing beside it', [{ data: view('m1') }], []],
    [
      'a widget without a name',
      [{ data: { ...view(5), ...plotly } }, { data: { ...view(''), ...plotly } }],
      [],
    ],
    ['outputs that are none', 7, []],
    ['an output that is null', [null], []],
  ])('are left alone for %s', (_, outputs, open) => {
    expect(restored(outputs, open)).toEqual([]);
  });

  it('are left alone where there is no notebook', () => {
    writeFileSync(path.join(folder, 'b.ipynb'), '{"cells": [');
    for (const name of ['b.ipynb', 'none.ipynb', '.']) expect(openings(path.join(folder, name))).toEqual([]);
  });
});
