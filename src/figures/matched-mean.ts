import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import type { ProbabilityLoss } from '../losses/loss';
import { exactly, type Interval } from '../metrics/interval';
import { lossHistories, matchedHistories } from '../metrics/matched-histories';
import { flow } from '../theory/flow';
import { truncatedNormalStart } from '../theory/start-distribution';
import { lossMoments, varianceAtMean } from '../theory/variance-flow';
import type { VarianceFlowOptions } from './variance-flow';
import { codeOfAll, codeOfOptions, type Figure, requireLosses, theoryFigure } from './figure';
import { errorBars } from './panels';
import type { PlotlyAxis, PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatNumber, plotText } from './text';
import {
  axis,
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  logAxis,
  methodStyle,
  themes,
} from './theme';

/** One loss where its records have a given mean CE loss. */
export interface MatchedCurvePoint {
  /** Mean CE loss, > 0. */
  readonly mean: number;
  /** Var(u), > 0; bounds null where there is no interval. */
  readonly variance: Interval;
  /** Var(u) over that of the baseline at the same mean; null for the baseline itself. */
  readonly ratio: Interval | null;
  /** Drawn as a mark with its interval, not only as a part of the line. */
  readonly marked: boolean;
}

export interface MatchedCurve {
  readonly label: string;
  /** In descending order of means, as training goes. */
  readonly points: readonly MatchedCurvePoint[];
}

export const matchedMeanHeight = 560;

/** Values 1, 2 and 5 of each decade within [low, high]; powers of ten only, where that would be more than nine. */
export function scaleTicks(low: number, high: number): number[] {
  const ticks = (steps: readonly number[]): number[] => {
    const found: number[] = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
      // Division, because 3 x 10^-1 has a rounded tail.
      for (const step of steps) found.push(decade < 0 ? step / 10 ** -decade : step * 10 ** decade);
    }
    return found.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  };
  const fine = ticks([1, 2, 5]);
  return fine.length <= 9 ? fine : ticks([1]);
}

/**
 * Variance of the CE loss against its mean (falling to the right, as training goes), and below it the ratio to the first
 * curve at the same mean: above 1 the losses are spread more widely than under the baseline at equal fit.
 */
export function matchedMeanSpec(
  curves: readonly MatchedCurve[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (curves.length === 0 || curves.some(({ points }) => points.length === 0)) {
    throw badInput(
      'curves',
      curves.length,
      'must be at least one, each with points',
      'Pass losses and means',
    );
  }
  const data = curves.flatMap((curve, i) => [
    line(curve, i, 'variance', style),
    marks(curve, i, 'variance', style),
    ...(i === 0 ? [] : [line(curve, i, 'ratio', style), marks(curve, i, 'ratio', style)]),
  ]);
  const theme = themes[style.theme];
  const one: PlotlyShape = {
    type: 'line',
    xref: 'x2 domain',
    yref: 'y2',
    x0: 0,
    x1: 1,
    y0: 1,
    y1: 1,
    line: { color: theme.faintInk, width: 1, dash: 'dot' },
    layer: 'below',
  };
  return {
    data,
    layout: { ...framedLayout(framing, style), ...axes(curves, style), shapes: [one] },
    config: figureConfig,
  };
}

function axes(curves: readonly MatchedCurve[], style: FigureStyle): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const means = curves.flatMap(({ points }) => points.map(({ mean }) => mean));
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const margin = Math.max(0.02, 0.03 * Math.log10(high / low));
  const ticks = scaleTicks(low, high);
  const across: PlotlyAxis = {
    type: 'log',
    // From high to low: training goes to the right.
    range: [Math.log10(high) + margin, Math.log10(low) - margin],
    tickmode: 'array',
    tickvals: ticks,
    ticktext: ticks.map((tick) => String(compactNumber(tick))),
  };
  const ratioTitle = `ratio to ${plotText(curves[0].label)}`;
  return {
    xaxis: axis(theme, '', { ...across, anchor: 'y', showticklabels: false }),
    xaxis2: axis(theme, 'mean loss of the records (falls in training)', {
      ...across,
      anchor: 'y2',
      matches: 'x',
    }),
    yaxis: logAxis(theme, 'Var(u)', exponents(curves, 'variance'), { domain: [0.46, 1], anchor: 'x' }),
    yaxis2: axis(theme, ratioTitle, { ...ratioAxis(curves), domain: [0, 0.42], anchor: 'x2' }),
  };
}

function ratioAxis(curves: readonly MatchedCurve[]): PlotlyAxis {
  const range = exponents(curves, 'ratio');
  const ticks = scaleTicks(10 ** range[0], 10 ** range[1]);
  return {
    type: 'log',
    range,
    tickmode: 'array',
    tickvals: ticks,
    ticktext: ticks.map((tick) => String(compactNumber(tick))),
  };
}

/** Logarithms between which all estimates and bounds lie, with a margin; at least a factor of 2 on either side of 1. */
function exponents(curves: readonly MatchedCurve[], of: 'variance' | 'ratio'): readonly [number, number] {
  const values = curves.flatMap(({ points }) =>
    points.flatMap((point) => {
      const interval = point[of];
      if (interval === null) return [];
      return [interval.estimate, ...(point.marked ? [interval.low, interval.high] : [])];
    }),
  );
  const usable = values.filter((value): value is number => value !== null && value > 0 && value < Infinity);
  if (of === 'ratio') usable.push(0.5, 2);
  if (usable.length === 0) return [-1, 1];
  return [Math.log10(Math.min(...usable)) - 0.12, Math.log10(Math.max(...usable)) + 0.12];
}

function base(curve: MatchedCurve, i: number, of: 'variance' | 'ratio') {
  const id = of === 'variance' ? '' : '2';
  const name = plotText(curve.label);
  return { type: 'scatter', name, legendgroup: `loss-${i}`, xaxis: `x${id}`, yaxis: `y${id}` } as const;
}

function line(curve: MatchedCurve, i: number, of: 'variance' | 'ratio', style: FigureStyle): PlotlyTrace {
  const { color, dash } = methodStyle(themes[style.theme], i);
  const points = curve.points.filter((point) => point[of] !== null);
  return {
    ...base(curve, i, of),
    uid: `line-${of}-${i}`,
    showlegend: of === 'variance',
    x: points.map(({ mean }) => compactNumber(mean)),
    y: points.map((point) => compactNumber(point[of]!.estimate)),
    mode: 'lines',
    line: { color, width: 2, dash },
    hoverinfo: 'skip',
  };
}

function marks(curve: MatchedCurve, i: number, of: 'variance' | 'ratio', style: FigureStyle): PlotlyTrace {
  const look = methodStyle(themes[style.theme], i);
  const points = curve.points.filter((point) => point.marked && point[of] !== null);
  const intervals = points.map((point) => point[of]!);
  const words = of === 'variance' ? 'variance' : 'ratio';
  return {
    ...base(curve, i, of),
    uid: `marks-${of}-${i}`,
    showlegend: false,
    x: points.map(({ mean }) => compactNumber(mean)),
    y: intervals.map(({ estimate }) => compactNumber(estimate)),
    customdata: intervals.map(({ low, high }) =>
      low === null || high === null
        ? ''
        : `${formatNumber(low, 'significant')} to ${formatNumber(high, 'significant')}`,
    ),
    mode: 'markers',
    marker: {
      color: look.color,
      symbol: look.symbol,
      size: 8,
      line: { color: themes[style.theme].background, width: 1 },
    },
    ...errorBars('y', intervals, look.color),
    hovertemplate:
      `${plotText(curve.label)}<br>mean %{x:.3g}<br>${words} %{y:.4g}` + '<extra>%{customdata}</extra>',
  };
}

/**
 * Var(u) against the mean of u along the flows of several losses, and its ratio to that of the first (T4): marks at
 * `means`, lines between.
 *
 * @param means descending, each below the start's mean; default 1.5, 1, 0.5, 0.2
 */
export function matchedMeanFigure(
  losses: readonly ProbabilityLoss[],
  options: Pick<VarianceFlowOptions, 'start' | 'means'> = {},
): Figure {
  const { start = truncatedNormalStart(2.3, 0.6), means = [1.5, 1, 0.5, 0.2] } = options;
  requireLosses(losses);
  const first = lossMoments(flow(losses[0], start), 0).mean.value;
  const last = Math.min(...means);
  const between = Array.from({ length: 13 }, (_, i) => first * (last / first) ** (i / 12));
  const all = [...new Set([...between, ...means])].sort((a, b) => b - a);
  const variances = losses.map((each) => all.map((mean) => varianceAtMean(each, start, mean).variance.value));
  const curves = losses.map(({ label }, i): MatchedCurve => ({
    label,
    points: all.map((mean, m) => ({
      mean,
      variance: exactly(variances[i][m]),
      ratio: i === 0 ? null : exactly(variances[i][m] / variances[0][m]),
      marked: means.includes(mean),
    })),
  }));
  const words = curves.map(
    ({ label, points }) =>
      `${label} ${points
        .filter(({ marked }) => marked)
        .map(({ variance }) => formatNumber(variance.estimate, 'significant'))
        .join(', ')}`,
  );
  return theoryFigure({
    title: 'Variance of the losses at equal mean',
    alt: `Variance of the cross-entropy loss against its mean. At means ${[...means].sort((a, b) => b - a).join(', ')}: ${words.join('; ')}.`,
    reading:
      `All flows start from ${start.label}. A curve that lies higher has the wider spread of losses where both losses fit ` +
      'equally well; all curves may fall all the same. Below: the ratio to the first loss, computed and not estimated.',
    code: `matchedMeanFigure(${codeOfAll(losses)}${codeOfOptions({ ...options })})`,
    height: matchedMeanHeight,
    draw: (framing, style) => matchedMeanSpec(curves, framing, style),
  });
}

/**
 * The same for trained networks: variance of the members' cross-entropy loss where the mean is equal, interpolated between
 * epochs, with intervals over seeds. The first method is the baseline; at least one other is needed.
 *
 * @throws UserError when there is no other method, or no mean that all runs pass
 */
export function matchedHistoriesFigure(result: StudyResult, means?: readonly number[]): Figure {
  const [baseline, ...others] = result.defenses;
  if (others.length === 0) {
    throw badInput('methods', 1, 'must be at least two', 'Compare a method with the baseline of the study');
  }
  const histories = result.defenses.map((method) => lossHistories(method.runs));
  const levels = means ?? commonMeans(histories);
  const found = others.map((_, i) => matchedHistories(histories[i + 1], histories[0], { means: levels }));
  const curves: MatchedCurve[] = [
    {
      label: baseline.label,
      points: found[0].map((level) => ({
        mean: level.mean,
        variance: level.baseline,
        ratio: null,
        marked: true,
      })),
    },
    ...others.map(({ label }, i) => ({
      label,
      points: found[i].map((level) => ({
        mean: level.mean,
        variance: level.method,
        ratio: level.comparison,
        marked: true,
      })),
    })),
  ];
  const seeds = baseline.runs.length;
  const words = curves.slice(1).map(({ label, points }) => {
    const ratios = points.map(({ ratio }) => ratio!.estimate);
    return `${label}: ratio from ${formatNumber(Math.min(...ratios), 'significant')} to ${formatNumber(Math.max(...ratios), 'significant')}`;
  });
  return theoryFigure({
    title: 'Variance of the members\u2019 losses at equal mean, in training',
    alt: `Variance of members' cross-entropy loss at equal mean, ${seeds} seeds. ${words.join('; ')} times ${baseline.label}.`,
    reading:
      `Geometric means over ${seeds} seeds; bars: 95 % t intervals over seeds, of logarithms, paired for the ratio. Points at ` +
      'neighboring means come from the same runs, so they are not independent. Data: ' +
      `${result.data.title}${result.data.synthetic ? ' (synthetic)' : ''}.`,
    code: `matchedHistoriesFigure(result${means === undefined ? '' : `, ${JSON.stringify(means)}`}); result: ${result.command}`,
    height: matchedMeanHeight,
    draw: (framing, style) =>
      matchedMeanSpec(curves, { ...framing, synthetic: result.data.synthetic }, style),
  });
}

/** Nine means that every run of every method passes. */
function commonMeans(histories: readonly ReturnType<typeof lossHistories>[]): number[] {
  const all = histories.flat();
  const pooled = all.map((history, seed) => ({ ...history, seed }));
  return matchedHistories(pooled, pooled).map(({ mean }) => mean);
}
