import { expect, test } from 'vitest';
import type { PlanePanel } from '../../src/figures/plane-data';
import type { PlotlyTrace } from '../../src/figures/plotly-spec';
import { privacyUtilityPlaneFigure } from '../../src/figures/privacy-utility-plane';
import type { Interval } from '../../src/metrics/interval';

const source = { data: 'test', command: 'npx ccl test', synthetic: false };

function interval(estimate: number, half?: number): Interval {
  return half === undefined
    ? { estimate, low: null, high: null, method: { name: 'exact' } }
    : { estimate, low: estimate - half, high: estimate + half, method: { name: 'exact' } };
}

function panel(attack: string, factor = 1): PlanePanel {
  const point = (parameter: string, privacy: number, testAccuracy: number) => ({
    parameter,
    privacy: interval(factor * privacy, 0.02),
    testAccuracy: interval(testAccuracy, 0.01),
  });
  return {
    attack,
    chance: 0,
    undefended: { privacy: interval(factor * 0.6), testAccuracy: interval(0.57) },
    methods: [
      {
        label: 'CCEL <alpha>',
        points: [point('0.1', 0.2, 0.5), point('0.5', 0.3, 0.56), point('0.9', 0.5, 0.55)],
      },
      { label: 'none', points: [point('', 0.7, 0.4)] },
    ],
  };
}

function trace(figure: ReturnType<typeof privacyUtilityPlaneFigure>, uid: string): PlotlyTrace {
  return figure.spec.data.find((each) => each.uid === uid)!;
}

test('points, intervals in both directions and parameters are those of the input', () => {
  const figure = privacyUtilityPlaneFigure([panel('loss')], source);
  const method = trace(figure, 'method-0');
  expect(method.x).toEqual([0.2, 0.3, 0.5]);
  expect(method.y).toEqual([0.5, 0.56, 0.55]);
  expect(method.error_x?.array).toEqual([0.02, 0.02, 0.02]);
  expect(method.error_y?.arrayminus).toEqual([0.01, 0.01, 0.01]);
  expect(method.text).toEqual(['0.1', '0.5', '0.9']);
  expect(method.name).toBe('CCEL &lt;alpha&gt;');
  expect(trace(figure, 'undefended').error_x).toBeUndefined();
});

test('a point that another one of its method beats is hollow; the staircase joins what nothing beats', () => {
  const figure = privacyUtilityPlaneFigure([panel('loss')], source);
  const colors = trace(figure, 'method-0').marker!.color as string[];
  expect(colors[0]).toBe(colors[1]);
  expect(colors[2]).not.toBe(colors[1]);
  const { x, y } = trace(figure, 'front');
  expect(x.slice(0, -1)).toEqual([0.2, 0.2, 0.3, 0.6]);
  expect(y.slice(1)).toEqual([0.5, 0.56, 0.57, 0.57]);
});

test('all panels have the same ranges and their undefended lines', () => {
  const { layout } = privacyUtilityPlaneFigure([panel('loss'), panel('LiRA', 1.3)], source).spec;
  expect(layout.xaxis!.range).toEqual(layout.xaxis2!.range);
  expect(layout.xaxis!.range![1]).toBeGreaterThan(1.3 * 0.7);
  expect(layout.yaxis!.range).toEqual(layout.yaxis2!.range);
  const vertical = layout.shapes!.filter(({ x0, x1, line }) => x0 === x1 && line?.dash === 'dash');
  expect(vertical.map(({ x0 }) => x0)).toEqual([0.6, 0.78]);
});

test('what is measured is said, and the words for those who cannot see it have the numbers', () => {
  const figure = privacyUtilityPlaneFigure([panel('loss')], source, { measure: 'TPR at 1 % FPR' });
  expect(figure.spec.layout.xaxis?.title?.text).toBe('TPR at 1 % FPR');
  expect(figure.alt).toContain('undefended 0.600');
  expect(figure.alt).toContain('from 0.200 to 0.500');
  expect(figure.caption).toContain('npx ccl test');
});

test('bad input names the value and the place', () => {
  const draw = (panels: readonly PlanePanel[]): unknown => privacyUtilityPlaneFigure(panels, source);
  expect(() => draw([])).toThrow(/number of panels is 0/);
  expect(() => draw([{ ...panel('loss'), methods: [] }])).toThrow(/methods under loss is 0/);
  const [first, ...rest] = panel('loss').methods;
  expect(() => draw([panel('a'), { ...panel('b'), methods: rest }])).toThrow(
    /methods under b is .*first panel/,
  );
  const points = [{ ...first.points[0], privacy: interval(NaN) }];
  const broken = [{ ...panel('loss'), methods: [{ ...first, points }] }];
  expect(() => draw(broken)).toThrow(/privacy of CCEL <alpha> 0\.1 under loss is NaN/);
  const reversed = { ...interval(0.5), low: 0.6, high: 0.7 };
  const wrong = [{ ...panel('loss'), undefended: { privacy: interval(0.5), testAccuracy: reversed } }];
  expect(() => draw(wrong)).toThrow(/between its bounds/);
  expect(() => privacyUtilityPlaneFigure([panel('a')], { ...source, command: ' ' })).toThrow(
    /command of a figure/,
  );
});

test('bars and axis of an accuracy end at 1, what a pointer says does not', () => {
  const most = {
    ...panel('loss'),
    methods: [
      {
        label: 'm',
        points: [{ parameter: '', privacy: interval(0.1, 0.2), testAccuracy: interval(0.995, 0.02) }],
      },
    ],
  };
  const figure = privacyUtilityPlaneFigure([most], source);
  const method = trace(figure, 'method-0');
  expect(method.error_y).toMatchObject({ array: [0.005], arrayminus: [0.02] });
  expect(method.error_x).toMatchObject({ arrayminus: [0.2] });
  expect((method.customdata as string[][])[0][2]).toBe('0.975 to 1.015');
  const { yaxis } = figure.spec.layout as { yaxis: { range: [number, number] } };
  expect(yaxis.range[1]).toBeLessThan(1.05);
});
