import { expect, test } from 'vitest';
import { lossDecades, lossHistogram, lossShares, type LossPanel } from '../../src/figures/loss-histogram';

const marks = { mean: 0.5, median: 0.02, variance: 3 };

function panel(label: string, members: number[], nonMembers: number[]): LossPanel {
  return { label, members, nonMembers, memberMarks: marks, nonMemberMarks: { ...marks, mean: 4 } };
}

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

test('decades hold all losses of all panels; zero goes to the floor', () => {
  expect(lossDecades([panel('a', [0.02, 3], [12]), panel('b', [0.004], [1])])).toEqual([-3, 2]);
  expect(lossDecades([panel('a', [0], [1])])).toEqual([-8, 0]);
});

test('shares are by hand: equal bins of the logarithm, summing to 1, extremes in the outer bins', () => {
  // Eight bins a decade over [0.1, 1): 0.1 is in bin 0, 0.5 in floor(8 (1 - 0.301)) = 5, 1 and below-range at the ends.
  const shares = lossShares([0.1, 0.5, 0.5, 1, 1e-6], [-1, 0]);
  expect(Array.from(shares)).toEqual([0.4, 0, 0, 0, 0, 0.4, 0, 0.2]);
});

test('the axis is logarithmic with a label at each decade, and all panels share it', () => {
  const { layout } = lossHistogram([panel('a', [0.02], [3]), panel('b', [0.5], [1])], framing, style);
  expect(layout.xaxis2).toMatchObject({ type: 'log', dtick: 1, matches: 'x', exponentformat: 'power' });
  expect(layout.xaxis?.range).toEqual([-2, 1]);
  expect(layout.xaxis?.showticklabels).toBe(false);
  expect(layout.xaxis2?.showticklabels).toBe(true);
  // The upper panel stands above the lower one.
  expect(layout.yaxis!.domain![0]).toBeGreaterThan(layout.yaxis2!.domain![1]);
});

test('each panel has both sides as steps from bin to bin, and the numbers of the table', () => {
  const { data, layout } = lossHistogram([panel('CE <b>', [0.02, 0.02], [3, 0.5])], framing, style);
  const members = data.find((trace) => trace.uid === 'hist-members-');
  expect(members?.line?.shape).toBe('hv');
  const peak = members!.y.indexOf(1);
  // 0.02 lies in the bin that starts at the edge given there.
  expect(members!.x[peak]).toBeLessThanOrEqual(0.02);
  expect(members!.x[peak + 1]).toBeGreaterThan(0.02);
  expect(layout.annotations![0].text).toContain('<b>CE &lt;b&gt;</b>');
  expect(layout.annotations![0].text).toContain('mean 0.500, median 0.0200, variance 3.00');
});

test('where losses are smaller than the axis shows, its title says so, and only there', () => {
  const titleOf = (members: number[]): string | undefined =>
    lossHistogram([panel('CE', members, [3])], framing, style).layout.xaxis?.title?.text;
  expect(titleOf([0, 0.1])).toContain('first bin: \u2264 10<sup>-8</sup>');
  expect(titleOf([1e-8, 0.1])).not.toContain('first bin');
});

test('a loss that is no loss is named', () => {
  expect(() => lossHistogram([panel('CE', [0.1, Number.NaN], [1])], framing, style)).toThrow(
    /loss of record 1 of CE is NaN/,
  );
  expect(() => lossHistogram([panel('CE', [-1], [1])], framing, style)).toThrow(/record 0 of CE is -1/);
  expect(() => lossHistogram([], framing, style)).toThrow(/at least one method/);
});
