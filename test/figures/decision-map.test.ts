import { expect, test } from 'vitest';
import { decisionMapSpec, regionsOf } from '../../src/figures/decision-map';

const alphas = Float64Array.of(0, 0.5, 1);
const ps = Float64Array.of(0.2, 0.4, 0.6, 0.8);

test('runs of neighboring rows become one polygon, with borders halfway between the points', () => {
  // Concave at the two upper points, then at the uppermost, then nowhere.
  const signs = Int8Array.of(1, 1, -1, -1, 1, 1, 1, -1, 1, 1, 1, 1);
  expect(regionsOf({ alphas, ps, curvature: signs, growth: signs }, signs, -1)).toEqual([
    { alpha: [0, 0.5, 0.5, 0], p: [0.5, 0.7, 1, 1] },
  ]);
});

test('runs that do not touch are regions of their own, and zeros belong to none', () => {
  const signs = Int8Array.of(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1);
  const regions = regionsOf({ alphas, ps, curvature: signs, growth: signs }, signs, 1);
  expect(regions.map(({ alpha }) => alpha)).toEqual([
    [0, 0],
    [0, 0],
    [1, 1],
  ]);
});

test('each panel has both regions and its thresholds', () => {
  const curvature = new Int8Array(12).fill(-1);
  const growth = new Int8Array(12).fill(-1);
  const panel = { label: 'L', map: { alphas, ps, curvature, growth }, convexFrom: 0.75, growthBelow: 0.25 };
  const style = { theme: 'light', frame: 'bare' } as const;
  const framing = { title: 'T', caption: 'C', synthetic: false, height: 300 };
  const { data, layout } = decisionMapSpec([panel, { ...panel, convexFrom: null }], framing, style);
  expect(data.map(({ uid }) => uid)).toEqual(['region-0-', 'region-1-', 'region-0-2', 'region-1-2']);
  // All of the square, closed; no growth anywhere.
  expect(data[0].x).toEqual([0, 0.5, 1, 1, 0.5, 0, 0, null]);
  expect(data[1].x).toEqual([]);
  const texts = layout.annotations!.map(({ text }) => text);
  expect(texts.filter((text) => text === 'convex from 0.750').length).toBe(1);
  expect(texts.filter((text) => text === 'growth below 0.250').length).toBe(2);
  expect(() => decisionMapSpec([], framing, style)).toThrow(/at least one/);
});
