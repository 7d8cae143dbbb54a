import { expect, test } from 'vitest';
import { matchedMeanSpec, scaleTicks, type MatchedCurve } from '../../src/figures/matched-mean';
import { exactly } from '../../src/metrics/interval';

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

test('ticks are 1, 2, 5 of each decade, or powers of ten where those would be too many', () => {
  expect(scaleTicks(0.2, 2.3)).toEqual([0.2, 0.5, 1, 2]);
  expect(scaleTicks(0.0005, 20)).toEqual([0.001, 0.01, 0.1, 1, 10]);
});

const curves: MatchedCurve[] = [
  {
    label: 'CE',
    points: [
      { mean: 1, variance: exactly(0.4), ratio: null, marked: true },
      { mean: 0.1, variance: exactly(0.02), ratio: null, marked: false },
    ],
  },
  {
    label: 'CCEL',
    points: [
      {
        mean: 1,
        variance: exactly(0.8),
        ratio: { estimate: 2, low: 1.5, high: 3, method: { name: 'exact' } },
        marked: true,
      },
      { mean: 0.1, variance: exactly(0.1), ratio: exactly(5), marked: false },
    ],
  },
];

test('lines pass all points, marks and bars stand at the marked ones, the baseline has no ratio', () => {
  const { data } = matchedMeanSpec(curves, framing, style);
  const by = (uid: string) => data.find((trace) => trace.uid === uid);
  expect(by('line-variance-1')).toMatchObject({ x: [1, 0.1], y: [0.8, 0.1] });
  expect(by('marks-variance-0')).toMatchObject({ x: [1], y: [0.4] });
  expect(by('marks-variance-0')!.error_y).toBeUndefined();
  expect(by('marks-ratio-1')).toMatchObject({ x: [1], y: [2], error_y: { array: [1], arrayminus: [0.5] } });
  expect(by('line-ratio-0')).toBeUndefined();
});

test('training goes to the right: the mean falls along the axis', () => {
  const { layout } = matchedMeanSpec(curves, framing, style);
  const [from, to] = layout.xaxis2!.range!;
  expect(from).toBeGreaterThan(0);
  expect(to).toBeLessThan(-1);
  expect(layout.yaxis2!.title!.text).toBe('ratio to CE');
});

test('a curve without points is an error', () => {
  expect(() => matchedMeanSpec([{ label: 'CE', points: [] }], framing, style)).toThrow(/each with points/);
});
