import { expect, test } from 'vitest';
import { curveRange, lossCurves, lossCurvesFigure, type LossCurve } from '../../src/figures/loss-curves';
import type { ProbabilityLoss } from '../../src/losses/loss';
import { loss } from '../../src/losses/registry';

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

const bounded: LossCurve = {
  label: 'a <b>',
  points: [
    { p: 0, value: -2, weight: 1 },
    { p: 1, value: 3, weight: 1 },
  ],
};
const unbounded: LossCurve = {
  label: 'b',
  points: [
    { p: 0, value: Infinity, weight: 0 },
    { p: 0.01, value: 100, weight: 0.01 },
    { p: 0.1, value: 10, weight: 0.1 },
    { p: 1, value: 1, weight: 1 },
  ],
};

test('the axis holds all of a bounded curve, and of an unbounded one what lies at p >= 0.1', () => {
  // From -2 to 10, and 6 % of 12 on either side.
  expect(curveRange([bounded, unbounded], 'value')).toEqual([-2.72, 10.72]);
  expect(curveRange([unbounded], 'weight')).toEqual([-0.06, 1.06]);
});

test('an infinite value is a gap in the curve, and the panel says that the axis is cut', () => {
  const { data, layout } = lossCurves([bounded, unbounded], ['value', 'weight'], framing, style);
  expect(data.map(({ uid }) => uid)).toEqual(['value-0', 'value-1', 'weight-0', 'weight-1']);
  expect(data[1].y).toEqual([null, 100, 10, 1]);
  expect(data[0].name).toBe('a &lt;b&gt;');
  const notes = layout.annotations!.filter(({ text }) => text.includes('axis cut'));
  expect(notes.map(({ text, xref }) => [text, xref])).toEqual([
    ['axis cut:<br>1 of 2 go to +\u221e', 'x domain'],
  ]);
  expect(layout.xaxis2!.domain![0]).toBeGreaterThan(layout.xaxis!.domain![1]);
});

test('no loss or no quantity is an error', () => {
  expect(() => lossCurves([], ['value'], framing, style)).toThrow(/must be at least one each/);
  expect(() => lossCurves([bounded], [], framing, style)).toThrow(/must be at least one each/);
});

test('what is said of a cut axis stands where no curve runs', () => {
  const corner = (losses: readonly ProbabilityLoss[]): unknown[] => {
    const { layout } = lossCurvesFigure(losses, { quantities: ['value'] }).spec;
    const { x, y } = layout.annotations!.find(({ text }) => text.includes('axis cut'))!;
    return [x, y];
  };
  expect(corner([loss('ce')])).toEqual([0.98, 0.98]);
  // One comes up again towards p = 1, the other ends below.
  expect(corner([loss('focal-cel'), loss('focal-ccel-as-coded')])).toEqual([0.02, 0.02]);
});
