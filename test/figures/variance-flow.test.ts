import { expect, test } from 'vitest';
import {
  densityCurve,
  varianceFlowLive,
  varianceFlowStill,
  type FlowPicture,
} from '../../src/figures/variance-flow-drawing';

const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
const style = { theme: 'light', frame: 'full' } as const;

test('the density of quadrature nodes is the density itself, whatever the nodes’ spacing', () => {
  // Normal with mean 2 and sd 0.5 on nodes that lie denser to the left: x = 2 + sinh-like spacing.
  const s = Array.from({ length: 401 }, (_, i) => -1 + i / 200);
  const values = s.map((t) => 2 + 2.5 * (t + 0.3 * t * t));
  const raw = values.map((x, i) => Math.exp(-((x - 2) ** 2) / 0.5) * (1 + 0.6 * s[i]));
  const sum = raw.reduce((a, b) => a + b, 0);
  const { u, height } = densityCurve(
    values,
    raw.map((w) => w / sum),
    'nodes',
  );
  const inside = u.map((x, i) => ({ x, h: height[i] })).slice(1, -1);
  const top = Math.max(...inside.map(({ x }) => Math.exp(-((x - 2) ** 2) / 0.5)));
  for (const { x, h } of inside) expect(h).toBeCloseTo(Math.exp(-((x - 2) ** 2) / 0.5) / top, 2);
  expect(height[0]).toBe(0);
  // The quantiles 0.001 and 0.999 are 3.09 standard deviations away.
  expect(u[0]).toBeCloseTo(2 - 3.09 * 0.5, 1);
  expect(u[u.length - 1]).toBeCloseTo(2 + 3.09 * 0.5, 1);
});

test('a sample is binned: two heaps of 3 and 1 records have peaks of 1 and about a third', () => {
  const records = [
    ...Array.from({ length: 300 }, (_, i) => i / 300),
    ...Array.from({ length: 100 }, (_, i) => 9 + i / 100),
  ];
  const { u, height } = densityCurve(records.reverse(), new Float64Array(400).fill(1 / 400), 'sample', 22);
  const at = (x: number): number => height[u.findIndex((each) => Math.abs(each - x) < 0.3)];
  expect(at(0.5)).toBeGreaterThan(0.9);
  expect(at(5)).toBeCloseTo(0, 1);
  expect(at(9.5)).toBeCloseTo(1 / 3, 1);
});

const state = (mean: number) => ({
  mean,
  variance: mean / 10,
  density: { u: [0, mean, 2 * mean], height: [0, 1, 0] },
});
const picture: FlowPicture = {
  along: 'time',
  at: [0, 1, 2],
  means: [1, 0.5],
  tracks: [
    { label: 'CE', states: [2, 1, 0.5].map(state), matched: [state(1), state(0.5)] },
    { label: 'CCEL', states: [2, 1.5, 1].map(state), matched: [state(1), null] },
  ],
};

test('live: each frame moves every density and every point, and the slider and Play name the frames', () => {
  const { data, layout, frames } = varianceFlowLive(picture, framing, style);
  expect(data.map(({ uid }) => uid)).toEqual([
    'density-0',
    'density-1',
    'now-0',
    'now-1',
    'path-0',
    'path-1',
  ]);
  expect(frames!.map(({ name }) => name)).toEqual(['0', '1', '2']);
  for (const { traces, data: changed } of frames!) {
    expect(traces).toEqual([0, 1, 2, 3]);
    expect(changed.length).toBe(traces.length);
  }
  // Frame 1: CE is at mean 1, CCEL at 1.5, both at time 1.
  expect(frames![1].data.map(({ x, y }) => [x, y])).toEqual([
    [
      [0, 1, 2],
      [0, 1, 0],
    ],
    [
      [0, 1.5, 3],
      [0, 1, 0],
    ],
    [[1], [0.1]],
    [[1], [0.15]],
  ]);
  expect(layout.sliders![0].steps.map(({ args }) => args[0])).toEqual([['0'], ['1'], ['2']]);
  expect(layout.updatemenus![0].buttons.map(({ args }) => args[0])).toEqual([null, [null]]);
});

test('live along the mean: the points move on a falling mean', () => {
  const { layout, frames } = varianceFlowLive({ ...picture, along: 'mean', at: [2, 1, 0.5] }, framing, style);
  expect(layout.xaxis2!.range).toEqual([2, 0.5]);
  expect(frames![2].data[2].x).toEqual([0.5]);
});

test('still: a panel a mean, with the variances in words; a mean that is not reached is said so', () => {
  const { data, layout, frames } = varianceFlowStill(picture, framing, style);
  expect(frames).toBeUndefined();
  expect(data.map(({ uid }) => uid)).toEqual(['density-0-0', 'density-1-0', 'density-0-1', 'density-1-1']);
  expect(data[2].x).toEqual([0, 0.5, 1]);
  const [first, second] = layout.annotations!.map(({ text }) => text);
  expect(first).toContain('<b>mean of u = 1</b>');
  expect(first).toContain('CCEL: 0.100');
  expect(second).toContain('CCEL: not reached');
});

test('tracks that lack a frame are an error', () => {
  expect(() => varianceFlowLive({ ...picture, at: [0, 1] }, framing, style)).toThrow(/a state of each loss/);
});
