import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { studyFigures } from '../../src/report/study-page-figures';
import { plotlyWindow, renderPng, renderSvg } from '../../src/figures/static';
import { hostile, hostileResult, sampleResult } from '../report/sample-result';
import { plotlyProblems } from './plotly-problems';

const run = promisify(execFile);

async function hashes(order: string): Promise<string[]> {
  const script = join(__dirname, 'render-once.ts');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, order]);
  return JSON.parse(stdout) as string[];
}

test('pictures have the same bytes in two processes, whatever was drawn before', async () => {
  const [forwards, backwards] = [await hashes('forwards'), await hashes('reversed')];
  expect(forwards).toEqual(backwards);
  expect(new Set(forwards).size).toBe(4);
});

test('drawing leaves the random numbers of this process alone', async () => {
  // eslint-disable-next-line no-restricted-properties -- the test is about this very function
  const { random } = Math;
  const [figure] = studyFigures(sampleResult());
  await figure.toSVG();
  // eslint-disable-next-line no-restricted-properties -- see above
  expect(Math.random).toBe(random);
});

test('two renderings at the same time do not disturb each other', async () => {
  const [first, second] = studyFigures(sampleResult());
  const alone = await first.toSVG();
  const [together] = await Promise.all([first.toSVG(), second.toSVG()]);
  expect(together).toBe(alone);
});

test('a figure that cannot be drawn fails alone; the next one is drawn', async () => {
  const [figure] = studyFigures(sampleResult());
  const size = { width: -1, height: 300 };
  await expect(renderSvg(figure.spec, size)).rejects.toThrow();
  expect(await figure.toSVG()).toContain('</svg>');
});

test('PNG: signature, size in pixels times scale, and more than an empty page', async () => {
  const [figure] = studyFigures(sampleResult());
  const png = Buffer.from(await renderPng(figure.spec, { width: 600, height: 400 }, 2));
  expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 800]);
  expect(png.length).toBeGreaterThan(20_000);
});

test('PNG: what lies beyond the axis, a line or all points, does not end the process', async () => {
  const [figure] = studyFigures(sampleResult());
  const { data, layout } = figure.spec;
  const line = { type: 'line', xref: 'x', yref: 'y', x0: 50, x1: 50, y0: 0, y1: 1 } as const;
  const trace = { ...data[0], x: [50], y: [0.5] };
  const spec = { ...figure.spec, data: [trace], layout: { ...layout, shapes: [line] } };
  spec.layout.xaxis = { ...layout.xaxis, range: [0, 1] };
  const png = Buffer.from(await renderPng(spec, { width: 600, height: 400 }, 1));
  expect(png.readUInt32BE(16)).toBe(600);
});

test('Plotly knows every attribute of every figure, in both themes and frames', () => {
  for (const figure of studyFigures(sampleResult())) {
    for (const theme of ['light', 'dark'] as const) {
      for (const frame of ['full', 'bare'] as const) {
        expect(plotlyProblems(figure.specFor({ theme, frame })).map(({ msg }) => msg)).toEqual([]);
      }
    }
  }
});

test('ticks, titles, legend and caption stand inside the picture and apart from each other', async () => {
  const svg = await studyFigures(sampleResult())[3].toSVG();
  const { window } = { window: plotlyWindow() };
  const boxes = window.eval(`(() => {
    const host = document.createElement('div');
    host.innerHTML = ${JSON.stringify(svg)};
    const box = (query) => host.querySelector(query).getBoundingClientRect();
    return JSON.stringify({ title: box('.gtitle'), legend: box('.legend .scrollbox'), plot: box('.xy .gridlayer') });
  })()`) as string;
  type Rect = Record<'top' | 'bottom' | 'left' | 'right', number>;
  const { title, legend, plot } = JSON.parse(boxes) as { title: Rect; legend: Rect; plot: Rect };
  expect(title.top).toBeGreaterThan(0);
  expect(legend.top).toBeGreaterThan(title.bottom);
  expect(legend.right).toBeLessThan(860);
  expect(legend.bottom).toBeLessThan(plot.top + 2);
});

test('hostile names are drawn as text: no link, no element of theirs', async () => {
  for (const figure of studyFigures(hostileResult())) {
    const svg = await figure.toSVG();
    expect(svg).not.toContain('xlink:href="https://example.org');
    expect(svg).not.toMatch(/<(a|img|script)\b/);
    expect(figure.alt).toContain(hostile.link);
  }
});
