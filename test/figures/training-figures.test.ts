import { expect, test } from 'vitest';
import { lossSummary } from '../../src/metrics/matched-histories';
import { meanOverSeeds } from '../../src/metrics/over-seeds';
import type { Figure } from '../../src/figures/figure';
import { lossSpreadFigure, type SpreadPoint } from '../../src/figures/loss-spread';
import type { PlotlyTrace } from '../../src/figures/plotly-spec';
import { seedCurvesFigure, trainingCurves, type TrainingPanel } from '../../src/figures/training-curves';

const source = { data: 'test', command: 'npx ccl test', synthetic: false };
const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

function trace(figure: Figure, uid: string): PlotlyTrace {
  return figure.spec.data.find((each) => each.uid === uid)!;
}

const curve = {
  label: 'CE',
  epochs: [1, 2],
  seeds: [
    [0.2, 0.5],
    [0.4, 0.7],
    [0.3, 0.3],
  ],
};
const panel: TrainingPanel = { title: 'Accuracy', unit: 'accuracy', curves: [curve] };

test('training: lines are means, the band is the range or the t interval over seeds', () => {
  const figure = seedCurvesFigure([panel], source);
  expect(trace(figure, 'curve-0-members-0').y).toEqual([0.3, 0.5]);
  expect(trace(figure, 'band-0-members-0').y).toEqual([0.4, 0.7, 0.3, 0.2]);
  const exact = trace(seedCurvesFigure([panel], source, { band: 'interval' }), 'band-0-members-0')
    .y as number[];
  const { low, high } = meanOverSeeds([0.2, 0.4, 0.3]);
  expect(exact[0]).toBeCloseTo(high!, 5);
  expect(exact[3]).toBeCloseTo(low!, 5);
  expect(figure.caption).toContain('means over 3 seeds');
});

test('training: one seed has no band, a method has the same color in all panels', () => {
  const alone = { ...curve, seeds: [[0.2, 0.5]] };
  const other = { ...alone, label: 'CCEL', side: 'non-members' as const };
  const figure = seedCurvesFigure([panel, { ...panel, title: 'Loss', curves: [other, alone] }], source);
  expect(figure.spec.data.some(({ uid }) => uid.startsWith('band-0-members-1'))).toBe(false);
  expect(trace(figure, 'curve-0-members-1').line!.color).toBe(trace(figure, 'curve-0-members-0').line!.color);
});

test('training: what a log axis cannot show is left out, and every panel has a whole decade', () => {
  const small = { label: 'CE', epochs: [1, 2], seeds: [[0, 0.03]] };
  const { data, layout } = trainingCurves([{ ...panel, scale: 'log', curves: [small] }], framing, style);
  expect(data.find(({ uid }) => uid === 'curve-0-members-0')?.y).toEqual([null, 0.03]);
  const [low, high] = layout.yaxis!.range!;
  expect(Math.floor(high)).toBeGreaterThanOrEqual(Math.ceil(low));
});

test('training: empty, unequal, unsorted and infinite input is refused by name', () => {
  const draw = (more: Partial<typeof curve>) =>
    seedCurvesFigure([{ ...panel, curves: [{ ...curve, ...more }] }], source);
  expect(() => seedCurvesFigure([], source)).toThrow(/number of panels is 0/);
  expect(() => draw({ epochs: [] })).toThrow(/epochs of CE in «Accuracy» is 0/);
  expect(() => draw({ seeds: [] })).toThrow(/seeds of CE in «Accuracy» is 0/);
  expect(() => draw({ seeds: [[1]] })).toThrow(
    /values of seed 0 of CE in «Accuracy» is 1, but there are 2 epochs/,
  );
  expect(() => draw({ epochs: [2, 1] })).toThrow(/must be above 2/);
  expect(() => draw({ seeds: [[1, Infinity]] })).toThrow(/seed 0 of CE in «Accuracy»\[1\] is Infinity/);
});

function spreadPoint(epoch: number, scale: number): SpreadPoint {
  const losses = [0.1, 0.2, 0.3, 0.4, 5].map((u) => u * scale);
  return { epoch, members: lossSummary(losses), nonMembers: lossSummary(losses.map((u) => 3 * u)) };
}

test('spread: median, mean, quantiles and variance are means over seeds, the variance with its range', () => {
  const seeds = [
    [spreadPoint(1, 1), spreadPoint(2, 0.5)],
    [spreadPoint(1, 3), spreadPoint(2, 0.7)],
  ];
  const figure = lossSpreadFigure([{ label: 'CE', seeds }], source);
  expect((trace(figure, 'median-0-members').y as number[])[0]).toBeCloseTo(0.6, 5);
  expect((trace(figure, 'mean-0-members').y as number[])[0]).toBeCloseTo(2.4, 5);
  const unit = lossSummary([0.1, 0.2, 0.3, 0.4, 5]);
  const band = trace(figure, 'quantiles-0-members').y as number[];
  expect(band[0]).toBeCloseTo(2 * unit.q95, 4);
  expect(band[band.length - 1]).toBeCloseTo(2 * unit.q05, 4);
  const range = trace(figure, 'variance-range-0-members').y as number[];
  expect(range[0]).toBeCloseTo(9 * unit.variance, 3);
  expect(range[range.length - 1]).toBeCloseTo(unit.variance, 4);
  expect((trace(figure, 'variance-0-members').y as number[])[0]).toBeCloseTo(5 * unit.variance, 3);
});

test('spread: seeds with other epochs and values that are not finite are refused', () => {
  const draw = (seeds: SpreadPoint[][]) => lossSpreadFigure([{ label: 'CE', seeds }], source);
  expect(() => lossSpreadFigure([], source)).toThrow(/number of methods is 0/);
  expect(() => draw([])).toThrow(/seeds of CE is 0/);
  expect(() => draw([[]])).toThrow(/epochs of CE is 0/);
  expect(() => draw([[spreadPoint(1, 1)], [spreadPoint(2, 1)]])).toThrow(/epochs of seed 1 of CE is \[2\]/);
  const point = spreadPoint(1, 1);
  const broken = { ...point, members: { ...point.members, variance: NaN } };
  expect(() => draw([[broken]])).toThrow(/variance of the members of CE at epoch 1 is NaN/);
});
