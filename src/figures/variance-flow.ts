import { badInput } from '../errors';
import type { ProbabilityLoss } from '../losses/loss';
import { flow } from '../theory/flow';
import { type StartDistribution, truncatedNormalStart } from '../theory/start-distribution';
import { lossMoments, varianceAtMean } from '../theory/variance-flow';
import { codeOfAll, codeOfOptions, type Figure, requireLosses, theoryFigure } from './figure';
import { formatNumber } from './text';
import {
  densityCurve,
  type FlowState,
  varianceFlowHeight,
  varianceFlowLive,
  varianceFlowStill,
  varianceFlowStillHeight,
} from './variance-flow-drawing';

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
