import { expect, test } from 'vitest';
import { alphaAblationFigure, type AblationPoint } from '../../src/figures/alpha-ablation';
import { exampleAblation, exampleHeatMap, exampleP1 } from '../../src/figures/gallery/examples';
import type { Figure } from '../../src/figures/figure';
import { heatMapFigure } from '../../src/figures/heat-map';
import { p1BarsFigure } from '../../src/figures/p1-bars';
import type { PlotlyTrace } from '../../src/figures/plotly-spec';
import { contrast } from '../../src/figures/theme';

const source = { data: 'test', command: 'npx ccl test', synthetic: true };

function trace(figure: Figure, uid: string): PlotlyTrace {
  return figure.spec.data.find((each) => each.uid === uid)!;
}

test('ablation: every quantity stands at its parameter, full for members and open for the others', () => {
  const [curve] = exampleAblation();
  const figure = alphaAblationFigure([curve], source);
  const quantities: (keyof AblationPoint)[] = [
    'trainAccuracy',
    'testAccuracy',
    'attack',
    'memberLossVariance',
  ];
  for (const quantity of quantities) {
    const { x, y } = trace(figure, `ablation-0-${quantity}`);
    expect(x).toEqual(curve.points.map(({ parameter }) => parameter));
    curve.points.forEach((point, i) =>
      expect(y[i]).toBeCloseTo((point[quantity] as { estimate: number }).estimate, 5),
    );
  }
  const fill = (quantity: string): unknown => trace(figure, `ablation-0-${quantity}`).marker!.color;
  expect(fill('trainAccuracy')).not.toBe(fill('testAccuracy'));
  expect(figure.spec.layout.yaxis3?.type).toBe('log');
});

test('ablation: order, signs and numbers are checked', () => {
  const [curve] = exampleAblation();
  const [first, second] = curve.points;
  const draw = (points: readonly AblationPoint[]) => alphaAblationFigure([{ label: 'CCEL', points }], source);
  expect(() => alphaAblationFigure([], source)).toThrow(/number of curves is 0/);
  expect(() => draw([])).toThrow(/points of CCEL is 0/);
  expect(() => draw([second, first])).toThrow(/parameters of CCEL\[1\] is 0\.1, but must be above 0\.2/);
  const zero = { ...first.memberLossMean, estimate: 0, low: null, high: null };
  expect(() => draw([{ ...first, memberLossMean: zero }])).toThrow(
    /memberLossMean of CCEL at 0\.1 is 0.*above 0/,
  );
});

test('P1: a bar is as long as its value, with the interval and the number beside it', () => {
  const groups = exampleP1();
  const figure = p1BarsFigure(groups, source);
  const { p1 } = groups[1].bars[2];
  const bar = trace(figure, 'bar-22');
  expect(Math.max(...(bar.x as number[]))).toBeCloseTo(p1.estimate, 5);
  const { error_x, x } = trace(figure, 'interval-22');
  expect((x[0] as number) + error_x!.array[0]).toBeCloseTo(p1.high!, 5);
  const texts = figure.spec.layout.annotations!.map(({ text }) => text);
  expect(texts).toContain(p1.estimate.toFixed(3));
});

test('P1: other methods in a group, no bar and negative values are refused', () => {
  const [first, second] = exampleP1();
  expect(() => p1BarsFigure([], source)).toThrow(/number of groups is 0/);
  expect(() => p1BarsFigure([first, { ...second, bars: second.bars.slice(1) }], source)).toThrow(
    /first group/,
  );
  const bars = [
    { label: 'x', p1: { estimate: -0.1, low: null, high: null, method: { name: 'exact' as const } } },
  ];
  expect(() => p1BarsFigure([{ attack: 'loss', bars }], source)).toThrow(
    /P1 of x under loss is -0\.1.*at least 0/,
  );
});

test('heat map: a cell for each value, none for what was not run, a frame around each row\u2019s largest', () => {
  const data = exampleHeatMap();
  const { shapes, annotations } = heatMapFigure(data, source).spec.layout;
  const cells = shapes!.filter(({ layer }) => layer === 'below');
  const measured = data.values.flat().filter((value) => value !== null);
  expect(cells.length).toBe(measured.length);
  const frames = shapes!.filter(({ layer }) => layer === 'above');
  data.values.forEach((row, y) => {
    const most = Math.max(...row.map((value) => value?.estimate ?? -1));
    const framed = frames
      .filter(({ y0 }) => Math.round(y0 + 0.46) === y)
      .map(({ x0 }) => Math.round(x0 + 0.48));
    expect(framed).toEqual([row.findIndex((value) => value?.estimate === most)]);
  });
  expect(annotations!.filter(({ text }) => text === '\u2013').length).toBe(1);
  expect(annotations!.map(({ text }) => text)).toContainEqual(
    expect.stringContaining(data.values[0][0]!.estimate.toFixed(3)),
  );
});

test('heat map: the hotter the cell, the farther from the background; numbers can be read on both themes', () => {
  const data = exampleHeatMap();
  for (const theme of ['light', 'dark'] as const) {
    const { layout } = heatMapFigure(data, source).specFor({ theme, frame: 'bare' });
    const cells = layout.shapes!.filter(({ layer }) => layer === 'below');
    const values = data.values.flat().flatMap((value) => (value === null ? [] : [value.estimate]));
    const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
    const distance = order.map((i) => contrast(cells[i].fillcolor!, layout.paper_bgcolor!));
    expect(distance).toEqual([...distance].sort((a, b) => a - b));
    const texts = layout.annotations!.filter(({ xref, text }) => xref === 'x' && text !== '\u2013');
    texts.forEach(({ font }, i) => expect(contrast(cells[i].fillcolor!, font!.color!)).toBeGreaterThan(4.5));
  }
});

test('heat map: a table of another size, no number and infinite values are refused', () => {
  const data = exampleHeatMap();
  const draw = (more: Partial<typeof data>) => heatMapFigure({ ...data, ...more }, source);
  expect(() => draw({ values: data.values.slice(1) })).toThrow(
    /number of rows is 5, but there are 6 defenses/,
  );
  expect(() => draw({ attacks: data.attacks.slice(1) })).toThrow(/columns of undefended \(CE\) is 7/);
  expect(() => draw({ defenses: [], values: [] })).toThrow(/number of defenses is 0/);
  expect(() => draw({ values: data.values.map((row) => row.map(() => null)) })).toThrow(
    /at least one number/,
  );
  const infinite = { estimate: Infinity, low: null, high: null, method: { name: 'exact' as const } };
  const broken = [[infinite, ...data.values[0].slice(1)], ...data.values.slice(1)];
  expect(() => draw({ values: broken })).toThrow(/loss against undefended \(CE\) is Infinity/);
});
