import { expect, test } from 'vitest';
import { exampleRoc, exampleVulnerability } from '../../src/figures/gallery/examples';
import type { Figure } from '../../src/figures/figure';
import { lossBeforeAfterFigure } from '../../src/figures/loss-histogram';
import type { PlotlyTrace } from '../../src/figures/plotly-spec';
import { reliabilityFigure } from '../../src/figures/reliability';
import { rocBandsFigure } from '../../src/figures/roc';
import { fittedGaussian, logDensity, scaledLogitsFigure } from '../../src/figures/scaled-logits';
import { shownRanks, vulnerabilityFigure } from '../../src/figures/vulnerability';
import { normalCdf } from '../../src/platform/math/distributions';
import { calibration } from '../../src/metrics/calibration';
import { lossSummary } from '../../src/metrics/matched-histories';
import { recordVulnerability } from '../../src/metrics/record-vulnerability';
import { tprAtFpr } from '../../src/metrics/roc';

const source = { data: 'test', command: 'npx ccl test', synthetic: false };

function trace(figure: Figure, uid: string): PlotlyTrace {
  return figure.spec.data.find((each) => each.uid === uid)!;
}

test('scaled logits: the Gaussian has mean and deviation (k - 1) of the models and a density that adds up to 1', () => {
  const fit = fittedGaussian('values', [1, 2, 3, 6]);
  expect(fit.mean).toBe(3);
  expect(fit.deviation).toBeCloseTo(Math.sqrt(14 / 3), 12);
  const total = Array.from({ length: 4000 }, (_, i) => Math.exp(logDensity(fit, -20 + i * 0.01))).reduce(
    (a, b) => a + b,
  );
  expect(total * 0.01).toBeCloseTo(normalCdf((20 - 3) / fit.deviation), 6);
});

test('scaled logits: the score at the target is the logarithm of the ratio of the densities; offline it is z', () => {
  const record = { label: 'r', inModels: [3, 4, 5], outModels: [-1, 0, 1], target: 2.5 };
  // Both deviations are 1, so the ratio is ((2.5 - 0)^2 - (2.5 - 4)^2) / 2 = 2.
  const figure = scaledLogitsFigure([record, { ...record, label: 'offline', inModels: [] }], source);
  expect(figure.alt).toContain('score ln ratio +2.00');
  expect(figure.alt).toContain('score z +2.50');
  expect(trace(figure, 'models-0').x).toEqual([3, 4, 5]);
  expect(figure.spec.layout.shapes!.map(({ x0 }) => x0)).toEqual([2.5, 2.5]);
});

test('scaled logits: too few models, no spread and infinite values are refused', () => {
  const draw = (more: object) =>
    scaledLogitsFigure([{ label: 'r', inModels: [1, 2], outModels: [1, 2], ...more }], source);
  expect(() => scaledLogitsFigure([], source)).toThrow(/number of records is 0/);
  expect(() => draw({ outModels: [1] })).toThrow(/out-models of r is 1.*at least 2/);
  expect(() => draw({ inModels: [2, 2] })).toThrow(/in-models of r is \[2,2\].*no width/);
  expect(() => draw({ outModels: [1, Infinity] })).toThrow(/out-models of r\[1\] is Infinity/);
  expect(() => draw({ target: NaN })).toThrow(/target's value of r is NaN/);
});

test('vulnerability: records are sorted by their value, each with its interval', () => {
  const [defense] = exampleVulnerability();
  const figure = vulnerabilityFigure([defense], source);
  const { x, y } = trace(figure, 'defense-0');
  const sorted = defense.records.map(({ auc }) => auc!.estimate).sort((a, b) => b - a);
  (x as number[]).forEach((rank, i) => expect(y[i]).toBeCloseTo(sorted[rank - 1], 5));
  expect(x[0]).toBe(1);
  expect(x[x.length - 1]).toBe(sorted.length);
  expect(figure.alt).toContain(`largest ${sorted[0].toFixed(3)}`);
  const band = trace(figure, 'band-0');
  expect(Math.max(...(band.y as number[]))).toBeLessThanOrEqual(1);
});

test('vulnerability: few records are drawn one by one; shown ranks are ascending and hold both ends', () => {
  const scores = [0, 1, 2, 3].map((m) => Float64Array.of(m, 3 - m));
  const members = [0, 0, 1, 1].map((flag) => Uint8Array.of(flag, flag));
  const figure = vulnerabilityFigure(
    [{ label: 'CE', records: recordVulnerability(scores, members) }],
    source,
  );
  expect(trace(figure, 'defense-0').y).toEqual([1, 0]);
  expect(figure.spec.layout.xaxis?.type).toBeUndefined();
  const ranks = shownRanks(100_000);
  expect(ranks.length).toBeLessThan(700);
  expect([ranks[0], ranks[ranks.length - 1]]).toEqual([1, 100_000]);
  expect(ranks.every((rank, i) => i === 0 || rank > ranks[i - 1])).toBe(true);
  const never = [{ record: 0, inModels: 0, outModels: 2, auc: null, tpr: null, fpr: null }];
  expect(() => vulnerabilityFigure([{ label: 'CE', records: never }], source)).toThrow(/records of CE is 0/);
});

test('calibration: points are confidence and accuracy of the bins that have records; the heading has the ECE', () => {
  // Confidence 0.9, right half of the time: the only bin with records.
  const rows = [Math.log(0.9), Math.log(0.1)];
  const found = calibration(Float64Array.from([...rows, ...rows]), Int32Array.of(0, 1), 2, 10);
  const figure = reliabilityFigure([{ label: 'CE', calibration: found }], source);
  expect(trace(figure, 'accuracy-0').x).toEqual([0.9]);
  expect(trace(figure, 'accuracy-0').y).toEqual([0.5]);
  // Clopper-Pearson for 1 of 2: 0.0126 to 0.9874.
  expect(trace(figure, 'accuracy-0').error_y!.array[0]).toBeCloseTo(0.4874, 4);
  expect(trace(figure, 'share-0').y).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  expect(figure.spec.layout.annotations![0].text).toContain('ECE 0.400');
  expect(() => reliabilityFigure([], source)).toThrow(/number of models is 0/);
  const empty = { ...found, bins: found.bins.map((bin) => ({ ...bin, count: 0 })) };
  expect(() => reliabilityFigure([{ label: 'CE', calibration: empty }], source)).toThrow(
    /records of CE is 0/,
  );
});

test('before and after: each panel has the shares and marks of its own losses', () => {
  const before = { label: 'before', members: [2, 2, 3], nonMembers: [2, 3, 4] };
  const after = { label: 'after', members: [0.01, 0.02, 0.03], nonMembers: [1, 2, 9] };
  const figure = lossBeforeAfterFigure(before, after, source);
  expect(trace(figure, 'marks-members-2').x).toEqual([0.02, lossSummary(after.members).mean]);
  const shares = trace(figure, 'hist-non-members-').y as number[];
  expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect(figure.alt).toMatch(/before: median loss 2\.00.*after: median loss 0\.0200/);
  expect(() => lossBeforeAfterFigure({ ...before, members: [] }, after, source)).toThrow(
    /members before is 0/,
  );
  expect(() => lossBeforeAfterFigure(before, { ...after, nonMembers: [-1] }, source)).toThrow(
    /of after is -1/,
  );
});

test('ROC: the line is the mean of the seeds, the band their t interval, in steps', () => {
  const { methods, nonMembers } = exampleRoc();
  const figure = rocBandsFigure(methods, nonMembers, source);
  const line = trace(figure, 'roc-0-mean');
  const at = (line.x as number[]).indexOf(0.01);
  const tpr = methods[0].curves.map((curve) => tprAtFpr(curve, 0.01));
  const mean = tpr.reduce((a, b) => a + b) / tpr.length;
  expect(line.y[at]).toBeCloseTo(mean, 5);
  const band = trace(figure, 'roc-0-band');
  const there = (band.x as number[]).flatMap((x, i) => (x === 0.01 ? [band.y[i] as number] : []));
  const deviation = Math.sqrt(tpr.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (tpr.length - 1));
  // Student's t with 4 degrees of freedom.
  expect(Math.min(...there)).toBeLessThanOrEqual(mean - (2.7764 * deviation) / Math.sqrt(5) + 1e-4);
  expect(there.some((y) => Math.abs(y - (mean + (2.7764 * deviation) / Math.sqrt(5))) < 1e-4)).toBe(true);
  const two = rocBandsFigure([{ ...methods[0], curves: methods[0].curves.slice(0, 2) }], nonMembers, source);
  expect(two.spec.data.map(({ uid }) => uid)).toEqual(['chance', 'roc-0-0', 'roc-0-1', 'roc-0-mean']);
  expect(() => rocBandsFigure(methods, 0.5, source)).toThrow(/number of non-members is 0\.5/);
  expect(() => rocBandsFigure([{ label: 'CE', curves: [] }], 10, source)).toThrow(/seeds of CE is 0/);
});
