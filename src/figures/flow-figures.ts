import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import type { ProbabilityLoss } from '../losses/loss';
import type { Interval } from '../metrics/interval';
import { lossHistories, matchedHistories } from '../metrics/matched-histories';
import { flow } from '../theory/flow';
import { truncatedNormalStart, type StartDistribution } from '../theory/start-distribution';
import { lossMoments, varianceAtMean } from '../theory/variance-flow';
import type { Figure } from './figure';
import { lossCurves, lossCurvesHeight, type CurveQuantity } from './loss-curves';
import { matchedMeanHeight, matchedMeanSpec, type MatchedCurve } from './matched-mean';
import { formatNumber } from './number-format';
import { codeOfAll, codeOfOptions, theoryFigure } from './theory-draft';
import {
  densityCurve,
  varianceFlowHeight,
  varianceFlowLive,
  varianceFlowStill,
  varianceFlowStillHeight,
  type FlowState,
} from './variance-flow';

function requireLosses(all: readonly ProbabilityLoss[]): void {
  if (all.length > 0) return;
  throw badInput('losses', all, 'must be at least one', "Pass losses of kind p, e.g. [loss('ce')]");
}

export interface LossCurvesOptions {
  /** Default value, slope and weight. */
  readonly quantities?: readonly CurveQuantity[];
}

/** Value, slope and logit weight (or other quantities) of losses of kind p over p_y in [0, 1]. */
export function lossCurvesFigure(
  losses: readonly ProbabilityLoss[],
  { quantities = ['value', 'slope', 'weight'] }: LossCurvesOptions = {},
): Figure {
  requireLosses(losses);
  const grid = [0, 0.001, 0.003, ...Array.from({ length: 200 }, (_, i) => (i + 1) / 200)];
  const curves = losses.map((each) => ({
    label: each.label,
    points: grid.map((p) => ({
      p,
      value: each.value(p),
      slope: each.slope(p),
      curvature: each.curvature(p),
      weight: each.weight(p),
    })),
  }));
  const words = losses.map(
    ({ label, weight }) =>
      `${label}: weight ${[0, 0.5, 1].map((p) => formatNumber(weight(p), 'significant')).join(', ')}`,
  );
  const isDefault = quantities.join() === 'value,slope,weight';
  return theoryFigure({
    title: 'What a loss does at each confidence',
    alt: `${quantities.join(', ')} over the true-class probability. ${words.join('; ')} at p = 0, 0.5, 1.`,
    reading:
      'p is the probability that the network gives to the true class. The gradient of a record is that of cross-entropy ' +
      'times the weight w(p) = \u2212p f\u2032(p): where w is above 1 the record is pulled harder than by cross-entropy. ' +
      'Curves that grow without bound at p = 0 leave the panel, which then says so.',
    code: `lossCurvesFigure(${codeOfAll(losses)}${isDefault ? '' : codeOfOptions({ quantities })})`,
    height: lossCurvesHeight(quantities.length),
    draw: (framing, style) => lossCurves(curves, quantities, framing, style),
  });
}

export interface VarianceFlowOptions {
  /** Default u ~ N(2.3, 0.6^2), cut off at u > 0. */
  readonly start?: StartDistribution;
  /** What the slider moves: the time of the flow (default), or the common mean of u. */
  readonly along?: 'time' | 'mean';
  /** Last time of the flow, default 8. */
  readonly until?: number;
  /** Number of frames, at least 2, default 33. */
  readonly frames?: number;
  /** Means of u at which the picture shows the losses, descending; default 1.5, 1, 0.5, 0.2. */
  readonly means?: readonly number[];
}

/**
 * How a population of records moves along the gradient flow of each loss (logit space, records alone: src/theory/flow.ts):
 * live with a slider, as a picture at matched means.
 *
 * @throws UserError for a mean that is above the start's; a loss whose flow does not come down to a mean is said so
 */
export function varianceFlowFigure(
  losses: readonly ProbabilityLoss[],
  options: VarianceFlowOptions = {},
): Figure {
  const { start = truncatedNormalStart(2.3, 0.6), along = 'time', until = 8, frames = 33 } = options;
  const { means = [1.5, 1, 0.5, 0.2] } = options;
  requireLosses(losses);
  if (!(Number.isInteger(frames) && frames >= 2 && until > 0)) {
    throw badInput('frames and until', [frames, until], 'must be at least 2 and positive', 'Take 33 and 8');
  }
  const share = (i: number): number => i / (frames - 1);
  const first = lossMoments(flow(losses[0], start), 0).mean.value;
  const last = Math.min(...means);
  const at = Array.from({ length: frames }, (_, i) =>
    along === 'time' ? until * share(i) : first * (last / first) ** share(i),
  );
  const atMean = (each: ProbabilityLoss, mean: number): FlowState => {
    const state = varianceAtMean(each, start, mean);
    return {
      mean,
      variance: state.variance.value,
      density: densityCurve(state.losses, state.start.weights, nodeKind(start)),
    };
  };
  const tracks = losses.map((each) => ({
    label: each.label,
    states: along === 'time' ? statesAtTimes(each, start, at) : at.map((mean) => atMean(each, mean)),
    matched: means.map((mean) => atMean(each, mean)),
  }));
  const picture = { tracks, along, at, means };
  const words = tracks.map(
    ({ label, matched }) =>
      `${label} ${matched.map((s) => formatNumber(s.variance, 'significant')).join(', ')}`,
  );
  return theoryFigure({
    title: 'How the losses spread while they fall',
    alt: `Distribution of cross-entropy losses under the flow of each loss. Variance at means ${means.join(', ')}: ${words.join('; ')}.`,
    reading:
      `Every record starts with a cross-entropy loss u from ${start.label} and moves alone: du/dt = \u2212w(p)(1 \u2212 p)\u00b2. ` +
      'Picture: all losses where their mean is the same. Live (point at the picture, then Play or the slider): ' +
      (along === 'time' ? 'all at the same time. ' : 'all at the same mean. ') +
      'Each density is scaled to a peak of 1. A model of the last layer, not of a whole network.',
    code: `varianceFlowFigure(${codeOfAll(losses)}${codeOfOptions({ ...options })})`,
    height: varianceFlowHeight,
    draw: (framing, style) => varianceFlowLive(picture, framing, style),
    still: {
      height: varianceFlowStillHeight(means.length),
      draw: (framing, style) => varianceFlowStill(picture, framing, style),
    },
  });
}

function nodeKind(start: StartDistribution): 'nodes' | 'sample' {
  return start.kind === 'sample' ? 'sample' : 'nodes';
}

function statesAtTimes(
  each: ProbabilityLoss,
  start: StartDistribution,
  times: readonly number[],
): FlowState[] {
  const moving = flow(each, start);
  return times.map((time) => {
    const { mean, variance } = lossMoments(moving, time);
    const density = densityCurve(moving.lossesAt(time), start.weights, nodeKind(start));
    return { mean: mean.value, variance: variance.value, density };
  });
}

const exact = (estimate: number): Interval => ({ estimate, low: null, high: null, method: 'computed' });

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
      variance: exact(variances[i][m]),
      ratio: i === 0 ? null : exact(variances[i][m] / variances[0][m]),
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
  const [baseline, ...others] = result.methods;
  if (others.length === 0) {
    throw badInput('methods', 1, 'must be at least two', 'Compare a method with the baseline of the study');
  }
  const histories = result.methods.map((method) => lossHistories(method.runs));
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
