import { expect, test } from 'vitest';
import { resolvableRates, roc } from '../../src/figures/roc';
import { rocCurve } from '../../src/metrics/roc';

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

test('rates are attainable ones, from 1/n to 1, ascending, without repeats', () => {
  expect(resolvableRates(4)).toEqual([0.25, 0.5, 0.75, 1]);
  const rates = resolvableRates(1252);
  expect(rates[0]).toBe(1 / 1252);
  expect(rates[rates.length - 1]).toBe(1);
  expect(rates.every((rate, i) => i === 0 || rate > rates[i - 1])).toBe(true);
  expect(rates.every((rate) => Math.abs(rate * 1252 - Math.round(rate * 1252)) < 1e-9)).toBe(true);
  expect(rates.length).toBeLessThan(80);
  expect(resolvableRates(1)).toEqual([1]);
});

test('the drawn points are those of the curve by hand, and the thick line is the mean over seeds', () => {
  // Four non-members; members above 3, 1 and 0 of them.
  const scores = Float64Array.of(10, 2.5, 0.5, 1, 2, 3, 4);
  const members = Uint8Array.of(1, 1, 1, 0, 0, 0, 0);
  const good = rocCurve(scores, members);
  const blind = rocCurve(Float64Array.of(0, 0, 1, 2, 3, 4, 5), Uint8Array.of(1, 1, 0, 0, 0, 0, 0));
  const { data, layout } = roc([{ label: 'CE', curves: [good, blind] }], 4, framing, style);
  const by = (uid: string): readonly (number | null)[] => data.find((trace) => trace.uid === uid)!.y;
  expect(by('roc-0-0')).toEqual([0.333333, 0.666667, 0.666667, 1]);
  // TPR 0 has no place on a log axis.
  expect(by('roc-0-1')).toEqual([null, null, null, 1]);
  expect(by('roc-0-mean')).toEqual([0.166667, 0.333333, 0.333333, 1]);
  expect(layout.xaxis).toMatchObject({ type: 'log', dtick: 1 });
  expect(layout.yaxis).toMatchObject({ type: 'log', dtick: 1 });
  expect(by('chance')).toEqual([0.25, 1]);
});

test('no non-members, no figure', () => {
  expect(() => roc([{ label: 'CE', curves: [] }], 0, framing, style)).toThrow(/non-members is 0/);
});
