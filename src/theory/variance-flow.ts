import { badInput } from '../errors';
import { scanSigns } from '../losses/scan';
import type { LossFormula } from './confidence';
import { flow, type Flow, type FlowOptions, type FlowSpace } from './flow';
import { type Estimate, meanAndVariance, type StartDistribution, weightedSum } from './start-distribution';

/** Mean and variance of the CE loss u along a flow; the arrays run over times. */
export interface VarianceTrajectory {
  readonly label: string;
  readonly times: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Estimated numeric error of each variance (absolute). */
  readonly error: Float64Array;
  readonly method: string;
}

/**
 * Mean and variance of the CE loss u, that an attacker sees, at given times of a loss's gradient flow. The nodes of a
 * continuous start distribution are doubled until the variance's estimated error is below a millionth of it (in
 * p-space a ten-thousandth).
 *
 * @param times finite, >= 0, in any order
 * @throws UserError for a bad time or number of classes
 */
export function varianceTrajectory(
  loss: LossFormula,
  start: StartDistribution,
  times: ArrayLike<number>,
  options: FlowOptions = {},
): VarianceTrajectory {
  const { moving, points } = refinedUntilExact(start, options.space, (from) => {
    const moving = flow(loss, from, options);
    const points = Array.from(times, (time) => lossMoments(moving, time));
    return { moving, points, variances: points.map(({ variance }) => variance) };
  });
  return {
    label: loss.label,
    times: Float64Array.from(times),
    mean: Float64Array.from(points, ({ mean }) => mean.value),
    variance: Float64Array.from(points, ({ variance }) => variance.value),
    error: Float64Array.from(points, ({ variance }) => variance.error),
    method: moving.method,
  };
}

/** Where a flow has brought the mean CE loss down to a given value. */
export interface AtMean {
  readonly time: number;
  readonly mean: Estimate;
  /** Variance of the CE loss, with its estimated numeric error. */
  readonly variance: Estimate;
  /** CE losses of the nodes at that time, [n]. */
  readonly losses: Float64Array;
  /** The start distribution whose nodes and weights `losses` belongs to; finer than the one passed where need be. */
  readonly start: StartDistribution;
  readonly method: string;
}

/**
 * The state of the flow when its mean CE loss E[u] has fallen to `meanLoss`: the comparison of losses at equal fit. The
 * nodes of a continuous start distribution are doubled until the variance's estimated error is below a millionth of it (in
 * p-space a ten-thousandth).
 *
 * @param meanLoss in (0, mean of the start distribution]
 * @throws UserError when the mean cannot be reached: not positive, above the start, or below where the flow comes to rest
 */
export function varianceAtMean(
  loss: LossFormula,
  start: StartDistribution,
  meanLoss: number,
  options: FlowOptions = {},
): AtMean {
  return refinedUntilExact(start, options.space, (from) => {
    const state = atMeanOnNodes(loss, from, meanLoss, options);
    return { ...state, variances: [state.variance] };
  });
}

/** As `varianceAtMean`, on the given nodes, however coarse: for two losses that have to share them. */
export function atMeanOnNodes(
  loss: LossFormula,
  start: StartDistribution,
  meanLoss: number,
  options: FlowOptions,
): AtMean {
  const moving = flow(loss, start, options);
  const from = lossMoments(moving, 0).mean.value;
  if (!(meanLoss > 0 && meanLoss <= from * (1 + 1e-12))) {
    throw badInput(
      'the mean loss',
      meanLoss,
      `must be in (0, ${from}], for the flow of ${loss.label} starts at a mean of ${from} and falls`,
      'Choose a mean in this range, or another start distribution',
    );
  }
  const time = meanLoss >= from ? 0 : timeOfMean(moving, loss, meanLoss);
  const { mean, variance } = lossMoments(moving, time);
  return { time, mean, variance, losses: moving.lossesAt(time), start, method: moving.method };
}

/** The most nodes that a start distribution is refined to. */
const MOST_NODES = 10000;

function refinedUntilExact<Result extends { readonly variances: readonly Estimate[] }>(
  start: StartDistribution,
  space: FlowSpace | undefined,
  solve: (start: StartDistribution) => Result,
): Result {
  // In p-space records stop at p = 1 one after the other; at that kink the quadrature converges with the square of the
  // spacing only.
  const share = space === 'probability' ? 1e-4 : 1e-6;
  for (let from = start; ;) {
    const result = solve(from);
    const exact = result.variances.every(({ value, error }) => error <= share * value);
    if (exact || from.refined === null || 2 * from.phi.length > MOST_NODES) return result;
    from = from.refined();
  }
}

/** Mean and variance of u at a time, errors from the coarse quadrature and from a solution of lower accuracy. */
export function lossMoments(
  moving: Flow,
  time: number,
): { readonly mean: Estimate; readonly variance: Estimate } {
  const { start } = moving;
  const losses = moving.lossesAt(time);
  const { mean, variance } = meanAndVariance(start, losses);
  const rough = meanAndVariance(start, moving.roughLossesAt(time));
  const kink = kinkError(start, losses);
  return {
    mean: { value: mean.value, error: mean.error + Math.abs(mean.value - rough.mean.value) + kink },
    variance: {
      value: variance.value,
      error: variance.error + Math.abs(variance.value - rough.variance.value) + 2 * mean.value * kink,
    },
  };
}

/**
 * Where records have stopped at p = 1, the loss as a function of the start has a kink between two nodes. There the
 * trapezoidal rule is off by at most an eighth of the weight of a node times the step to the last record on the way, which
 * the difference to the coarse rule can miss by chance.
 */
function kinkError({ coarse, weights }: StartDistribution, losses: Float64Array): number {
  if (coarse === null || losses[losses.length - 1] > 0) return 0;
  const first = losses.indexOf(0);
  return first <= 0 ? 0 : (weights[first] * losses[first - 1]) / 8;
}

/** Newton's method on the mean, which falls at the rate E[du/dt], inside a bracket that is kept. */
function timeOfMean(moving: Flow, loss: LossFormula, meanLoss: number): number {
  const { start } = moving;
  const meanAt = (time: number): number => weightedSum(start, moving.lossesAt(time)).value;
  const canRest = scanSigns(loss.weightAt).signs.has(-1);
  let low = 0;
  let high = 0.25;
  while (meanAt(high) > meanLoss) {
    low = high;
    high *= 2;
    const rest = meanAt(low);
    // A loss whose weight turns negative holds records at an interior confidence.
    const atRest = canRest && Math.abs(meanAt(high) - rest) <= 1e-6 * rest;
    if (atRest || high > 1e9) {
      throw badInput(
        'the mean loss',
        meanLoss,
        `cannot be reached: the flow of ${loss.label} is still at a mean of ${rest} at time ${low}`,
        'Choose a larger mean',
      );
    }
  }
  let time = low;
  for (let i = 0; i < 100; i++) {
    const losses = moving.lossesAt(time);
    const excess = weightedSum(start, losses).value - meanLoss;
    if (excess > 0) low = time;
    else high = time;
    if (Math.abs(excess) <= 1e-14 * meanLoss) break;
    let next = time - excess / weightedSum(start, moving.ratesAt(losses)).value;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (next === time || high - low <= 1e-15 * high) break;
    time = next;
  }
  return time;
}
