import { expect, test } from 'vitest';
import { decisionMapFigure } from '../../src/figures/decision-map';
import type { Figure } from '../../src/figures/figure';
import { lossCurvesFigure } from '../../src/figures/loss-curves';
import { matchedHistoriesFigure, matchedMeanFigure } from '../../src/figures/matched-mean';
import { varianceCounterexampleFigure } from '../../src/figures/variance-counterexample';
import { varianceFlowFigure } from '../../src/figures/variance-flow';
import { loss } from '../../src/losses/registry';
import { lossHistories, matchedHistories } from '../../src/metrics/matched-histories';
import { sampleStart } from '../../src/theory/start-distribution';
import { hostile, hostileResult, sampleResult } from '../report/sample-result';
import { plotlyProblems } from './plotly-problems';

const losses = [
  loss('ce'),
  loss('focal', { gamma: 2 }),
  loss('ccel', { alpha: 0.5 }),
  loss('ccql', { alpha: 0.5 }),
];
const flowFigure = varianceFlowFigure(losses, { frames: 3 });
const meanFigure = matchedMeanFigure(losses);
const figures: Readonly<Record<string, Figure>> = {
  curves: lossCurvesFigure(losses, { quantities: ['value', 'slope', 'curvature', 'weight'] }),
  flow: flowFigure,
  means: meanFigure,
  histories: matchedHistoriesFigure(sampleResult()),
  map: decisionMapFigure(),
  counterexample: varianceCounterexampleFigure(),
};

test('Plotly knows every attribute, in both themes and frames, live and still', () => {
  for (const figure of Object.values(figures)) {
    for (const style of [
      { theme: 'light', frame: 'full' },
      { theme: 'dark', frame: 'bare' },
    ] as const) {
      for (const spec of new Set([figure.specFor(style), figure.stillFor(style)])) {
        // Of the slider's arguments, which may be anything, it compares the identity.
        const real = plotlyProblems(spec).filter(({ msg }) => !msg.includes('.args['));
        expect(real.map(({ msg }) => msg)).toEqual([]);
      }
    }
  }
});

test.each(Object.entries(figures))(
  '%s: plain JSON, small, with words and the call that makes it',
  (_, figure) => {
    const text = JSON.stringify(figure.spec);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(text.length).toBeLessThan(200_000);
    expect(figure.alt.length).toBeGreaterThan(40);
    expect(figure.caption).toMatch(/\nReproduce: \w+Figure\(/);
  },
);

test('the matched means are those of the table in reference T4, to its printed digits', () => {
  const variances = (uid: string): string[] =>
    meanFigure.spec.data.find((trace) => trace.uid === uid)!.y.map((y) => y!.toFixed(5));
  expect(variances('marks-variance-0')).toEqual(['0.19411', '0.08741', '0.01403', '0.00065']);
  expect(variances('marks-variance-2')).toEqual(['0.25052', '0.15299', '0.04663', '0.00444']);
  expect(variances('marks-variance-3')).toEqual(['0.24753', '0.14767', '0.04169', '0.00336']);
  const text = JSON.stringify(flowFigure.stillFor({ theme: 'light', frame: 'bare' }).layout.annotations);
  for (const value of ['0.194', '0.0874', '0.251', '0.153', '0.00444']) expect(text).toContain(value);
});

test('the axes stand still while alpha moves, if they are told where it may go', () => {
  const roomFor = [0, 1].map((alpha) => loss('ccel', { alpha }));
  const ranges = [0.1, 0.5, 0.9].map((alpha) => {
    const { layout } = lossCurvesFigure([loss('ccel', { alpha })], { roomFor }).spec;
    return [layout.yaxis, layout.yaxis2, layout.yaxis3].map((axis) => axis!.range!);
  });
  expect(ranges[1]).toEqual(ranges[0]);
  expect(ranges[2]).toEqual(ranges[0]);
  // The weight of alpha 0 at p = 1 is e.
  expect(ranges[0][2][1]).toBeGreaterThan(Math.E);
});

test('the call in the caption has the options that were given', () => {
  expect(flowFigure.caption).toContain(
    "loss('ccel', { alpha: 0.5 }), loss('ccql', { alpha: 0.5 })], { frames: 3 })",
  );
  expect(meanFigure.caption).toMatch(/\]\)$/);
  const start = sampleStart([1, 2, 3]);
  expect(matchedMeanFigure([loss('ce')], { start, means: [1] }).caption).toContain(
    "matchedMeanFigure([loss('ce')], { start, means: [1] })",
  );
});

test('the live form moves, the picture stands still', async () => {
  expect(flowFigure.spec.frames!.length).toBe(3);
  expect(flowFigure.stillFor({ theme: 'light', frame: 'full' }).frames).toBeUndefined();
  const svg = await flowFigure.toSVG();
  expect(svg.includes('mean of u = 0.2')).toBe(true);
  expect(/class="(updatemenu|slider)/.test(svg)).toBe(false);
});

test('a flow from a sample of losses, along the common mean', () => {
  const start = sampleStart(Array.from({ length: 60 }, (_, i) => 0.5 + i / 30));
  const { spec } = varianceFlowFigure(losses.slice(0, 2), {
    start,
    along: 'mean',
    frames: 4,
    means: [1, 0.5],
  });
  const paths = spec.data.filter(({ uid }) => uid.startsWith('path-'));
  expect(paths[0].x).toEqual(paths[1].x);
  expect(paths[0].x[3]).toBeCloseTo(0.5, 6);
  expect(() => varianceFlowFigure(losses, { frames: 1 })).toThrow(/at least 2/);
  expect(() => varianceFlowFigure([])).toThrow(/at least one/);
});

test('training histories: marks and bars are those of matchedHistories, at means that all runs pass', () => {
  const result = sampleResult();
  const figure = matchedHistoriesFigure(result, [0.5]);
  const [base, method] = result.defenses.map(({ runs }) => lossHistories(runs));
  const [{ comparison }] = matchedHistories(method, base, { means: [0.5] });
  const marks = figure.spec.data.find(({ uid }) => uid === 'marks-ratio-1')!;
  expect(marks.y[0]).toBeCloseTo(comparison.estimate, 5);
  expect(marks.error_y!.array[0]).toBeCloseTo(comparison.high! - comparison.estimate, 4);
  expect(JSON.stringify(figure.spec)).toContain('synthetic data');
  const alone = { ...result, defenses: result.defenses.slice(0, 1) };
  expect(() => matchedHistoriesFigure(alone)).toThrow(/at least two/);
});

test('hostile names are drawn as text', async () => {
  const figure = matchedHistoriesFigure(hostileResult());
  expect(await figure.toSVG()).not.toMatch(/<(a|img|script)\b/);
  expect(figure.alt).toContain(hostile.link);
});

test('thresholds on the map and advantages of the counterexample are the computed ones', () => {
  const texts = (figure: Figure): string => JSON.stringify(figure.spec.layout.annotations);
  for (const mark of ['convex from 0.731', 'convex from 0.500', 'growth below 0.333']) {
    expect(texts(figures.map)).toContain(mark);
  }
  expect(texts(figures.counterexample)).toContain('advantage 0.900');
  // 2 Phi(1 / (2 sqrt(18.5))) - 1
  expect(texts(figures.counterexample)).toContain('advantage 0.093');
});
