import { describe, expect, it } from 'vitest';
import {
  compareFigures,
  defaultTolerance,
  figureDiffers,
  figureParts,
} from '../../src/platform/kernel/figure-differences';
import { figureReport } from '../../src/platform/kernel/notebook-report';

interface Changes {
  readonly x?: unknown;
  readonly y?: unknown;
  readonly trace?: object;
  readonly layout?: object;
  readonly frames?: readonly object[];
}

/** A figure of two traces; the second one changes. */
function figure({ x = [1, 2, 3], y = [0.5, 0.25, 0.125], trace = {}, layout = {}, frames }: Changes = {}) {
  return {
    data: [
      { type: 'scatter', uid: 'a', name: 'CE', x: [1, 2], y: [3, 4] },
      { type: 'scatter', uid: 'b', name: 'CCEL', x, y, line: { color: '#009e73', width: 2 }, ...trace },
    ],
    layout: { title: { text: '<b>Losses</b>', x: 0.01 }, height: 400, ...layout },
    config: { responsive: true },
    ...(frames === undefined ? {} : { frames }),
  };
}

const compare = (kept: unknown, now: unknown, tolerance?: number) =>
  compareFigures([{ cell: 4, kept: [kept], now: [now] }], tolerance)[0]!;
const differences = (kept: unknown, now: unknown) => compare(kept, now).differences;

describe('compareFigures', () => {
  it('finds equal figures equal', () => {
    expect(compare(figure(), figure())).toEqual({
      cell: 4,
      figure: 1,
      title: 'Losses',
      shown: 'both',
      differences: [],
      largest: { relative: 0, path: 'data[0].x[0]' },
    });
  });

  it('lets numbers differ by the tolerance, relative to the larger, and tells the largest difference', () => {
    const moved = figure({ y: [0.5, 0.25 * (1 - 4e-4), 0.125 * (1 + 1e-4)] });
    const found = compare(figure(), moved);
    expect(found.differences).toEqual([]);
    expect(found.largest!.path).toBe('data[1].y[1]');
    expect(found.largest!.relative).toBeCloseTo(4e-4, 10);
    expect(compare(figure(), moved, 3e-4).differences).toMatchObject([{ path: 'data[1].y[1]', a: 0.25 }]);
    expect(compare(figure(), moved, 0).differences).toHaveLength(2);
  });

  it('tells the path of a number that differs, with both values', () => {
    expect(differences(figure(), figure({ y: [0.5, 0.25, 0.13] }))).toEqual([
      { path: 'data[1].y[2]', a: 0.125, b: 0.13 },
    ]);
    expect(differences(figure(), figure({ y: [0.5, -0.25, 0.125] }))).toHaveLength(1);
    expect(differences(figure(), figure({ y: [0.5, null, 0.125] }))).toEqual([
      { path: 'data[1].y[1]', a: 0.25, b: null },
    ]);
  });

  it('takes what is zero to six digits of its list for zero, and nothing above', () => {
    expect(differences(figure({ y: [1e-12, 1] }), figure({ y: [-3e-12, 1] }))).toEqual([]);
    expect(differences(figure({ y: [1e-5, 1] }), figure({ y: [2e-5, 1] }))).toHaveLength(1);
    expect(differences(figure({ y: [1e-12, 2e-12] }), figure({ y: [1e-12, 3e-12] }))).toHaveLength(1);
  });

  it('tells another number of points or traces once, not of all that moved', () => {
    expect(differences(figure(), figure({ x: [1, 3], y: [0.5, 0.125] }))).toEqual([
      { path: 'data[1].x.length', a: 3, b: 2 },
      { path: 'data[1].y.length', a: 3, b: 2 },
    ]);
    const one = { ...figure(), data: figure().data.slice(1) };
    expect(differences(figure(), one)).toEqual([{ path: 'data.length', a: 2, b: 1 }]);
  });

  it('compares words exactly, and decimal numbers in them within the tolerance', () => {
    const named = (name: string) => figure({ trace: { name } });
    expect(differences(named('CCEL'), named('CCQL'))).toEqual([
      { path: 'data[1].name', a: 'CCEL', b: 'CCQL' },
    ]);
    expect(differences(named('3 seeds'), named('4 seeds'))).toHaveLength(1);
    expect(differences(named('0.17935 to 0.4'), named('0.17936 to 0.4'))).toEqual([]);
    expect(differences(named('0.179 to 0.4'), named('0.180 to 0.4'))).toHaveLength(1);
    expect(differences(named('0.5'), named('−0.5'))).toHaveLength(1);
    expect(compare(named('p = 0.10'), named('p = 0.11')).largest!.path).toBe('data[1].name');
  });

  it('compares types, error bars and what a trace gained or lost', () => {
    const bars = (array: number[]) => figure({ trace: { error_y: { array, color: '#000', type: 'data' } } });
    expect(differences(bars([1, 2]), bars([1, 3]))).toEqual([
      { path: 'data[1].error_y.array[1]', a: 2, b: 3 },
    ]);
    expect(differences(figure(), figure({ trace: { type: 'bar' } }))).toHaveLength(1);
    expect(differences(figure({ trace: { text: ['a'] } }), figure())).toEqual([
      { path: 'data[1].text', a: ['a'], b: undefined },
    ]);
  });

  it('passes over ids, colors, widths, fonts and places on the page', () => {
    const other = figure({
      trace: { uid: 'c', line: { color: 'red', width: 1 }, fillcolor: 'rgba(0,0,0,0.1)' },
      layout: { title: { text: '<b>Losses</b>', x: 0.5 }, height: 600, font: { size: 9 } },
    });
    expect(differences(figure(), other)).toEqual([]);
  });

  it('reads packed numbers, flat and in rows', () => {
    const packed = (numbers: Float64Array | Int8Array, dtype: string, shape?: string) => ({
      dtype,
      bdata: Buffer.from(numbers.buffer).toString('base64'),
      ...(shape === undefined ? {} : { shape }),
    });
    const y = packed(new Float64Array([0.5, 0.25, 0.125]), 'f8');
    expect(differences(figure(), figure({ y }))).toEqual([]);
    expect(differences(figure({ y }), figure({ y: [0.5, 0.25, 1] }))).toEqual([
      { path: 'data[1].y[2]', a: 0.125, b: 1 },
    ]);
    const z = packed(new Int8Array([1, 2, 3, 4, 5, -6]), 'i1', '2, 3');
    expect(figureParts({ data: [{ z, marker: { size: y } }] })).toEqual({
      data: [{ z: [[1, 2, 3], [4, 5, -6]], marker: { size: [0.5, 0.25, 0.125] } }], // prettier-ignore
    });
    const [unknown, cut] = [
      { dtype: 'c16', bdata: 'AAAA' },
      { dtype: 'f8', bdata: 'AAAA' },
    ];
    expect(differences(figure({ y: unknown }), figure({ y: cut }))).toHaveLength(1);
  });

  it('compares frames of animations', () => {
    const frames = (y: number) => [{ name: '0' }, { name: '0.25', traces: [1], data: [{ y: [1, y] }] }];
    expect(differences(figure({ frames: frames(2) }), figure({ frames: frames(2) }))).toEqual([]);
    expect(differences(figure({ frames: frames(2) }), figure({ frames: frames(2.5) }))).toEqual([
      { path: 'frames[1].data[0].y[1]', a: 2, b: 2.5 },
    ]);
    expect(differences(figure({ frames: frames(2) }), figure())).toMatchObject([{ path: 'frames' }]);
  });

  it('compares titles, axes, annotations and shapes of the layout', () => {
    const layout = (title: string, high: number, text: string, x: number) =>
      figure({
        layout: {
          title: { text: title },
          xaxis2: { title: { text: 'loss' }, range: [0, high], gridcolor: '#eee' },
          annotations: [{ text, xref: 'paper', x: 0, yref: 'y', y: x, yshift: -60 }],
          shapes: [{ type: 'line', xref: 'x2', x0: x, x1: x, yref: 'y domain', y0: 0, y1: 1 }],
        },
      });
    const kept = layout('Losses', 8, 'AUC 0.61', 2);
    expect(differences(kept, layout('Losses', 8, 'AUC 0.61', 2))).toEqual([]);
    expect(differences(kept, layout('Gains', 9, 'AUC 0.65', 3)).map(({ path }) => path)).toEqual([
      'layout.title.text',
      'layout.xaxis2.range[1]',
      'layout.annotations[0].text',
      'layout.annotations[0].y',
      'layout.shapes[0].x0',
      'layout.shapes[0].x1',
    ]);
  });

  it('tells of figures that are gone or new in a cell', () => {
    const found = compareFigures([
      { cell: 2, kept: [figure(), figure()], now: [figure()] },
      { cell: 7, kept: [], now: [figure({ layout: { title: 'New' } })] },
    ]);
    expect(found.map(({ cell, figure: place, title, shown }) => [cell, place, title, shown])).toEqual([
      [2, 1, 'Losses', 'both'],
      [2, 2, 'Losses', 'only kept'],
      [7, 1, 'New', 'only now'],
    ]);
    expect(found.map(figureDiffers)).toEqual([false, true, true]);
    expect(figureReport(found)).toEqual([
      '  Cell 2, figure 1 «Losses»: equal',
      '  Cell 2, figure 2 «Losses»: the file has it, the cell no longer shows it',
      '  Cell 7, figure «New»: the cell shows it, the file does not have it',
    ]);
  });

  it('refuses a tolerance that is none', () => {
    for (const tolerance of [-1, NaN, Infinity]) {
      expect(() => compare(figure(), figure(), tolerance)).toThrow(
        new RegExp(
          `^the tolerance is ${tolerance}, but it must be a number of at least 0\\. .*${defaultTolerance}`,
        ),
      );
    }
  });
});

describe('figureReport', () => {
  it('tells the first differences of a figure and counts the others', () => {
    const y = [1, 2, 3, 4, 5, 6, 7, 8];
    const found = compare(figure({ y }), figure({ y: y.map((value) => value * 2) }));
    expect(figureReport([found])).toEqual([
      '  Cell 4, figure «Losses»: 8 differences; largest relative difference 0.50, at data[1].y[0]',
      '    data[1].y[0]: 1 in the file, 2 now',
      '    data[1].y[1]: 2 in the file, 4 now',
      '    data[1].y[2]: 3 in the file, 6 now',
      '    data[1].y[3]: 4 in the file, 8 now',
      '    data[1].y[4]: 5 in the file, 10 now',
      '    and 3 more',
    ]);
  });

  it('shows long texts from where they part', () => {
    const note = (end: string) => figure({ trace: { name: `${'word '.repeat(40)}${end}` } });
    const [head, line] = figureReport([compare(note('before'), note('after'))]);
    expect(head).toBe('  Cell 4, figure «Losses»: 1 difference');
    expect(line).toMatch(/^ {4}data\[1\]\.name: "….*word before" in the file, "….*word after" now$/);
    expect(line!.length).toBeLessThan(120);
  });
});
