import { badInput } from '../errors';
import type { TrueClass } from '../losses/loss';
import type { LossFormula } from './confidence';
import { convexOrder, type ConvexOrder } from './convex-order';
import type { FlowOptions } from './flow';
import type { StartDistribution } from './start-distribution';
import { type AtMean, atMeanOnNodes, varianceAtMean } from './variance-flow';
import { type ConfidenceInterval, positiveIntervals } from './variance-growth';

/** Whether the theorem on matched means covers a pair of losses. */
export interface Precondition {
  readonly holds: boolean;
  /** Where the weight ratio falls with p, ends to 1e-12; empty when it holds. */
  readonly violations: readonly ConfidenceInterval[];
  /** The finding as a sentence. */
  readonly reason: string;
}

/** Comparison of two losses at one mean CE loss. */
export interface MatchedPoint {
  readonly mean: number;
  readonly wide: AtMean;
  readonly narrow: AtMean;
  /** Var(u) under `wide` over Var(u) under `narrow`; NaN when both are 0, as for records that start alike. */
  readonly varianceRatio: number;
  /** Whether the first distribution dominates the second in convex order, by stop-loss transforms. */
  readonly order: ConvexOrder;
}

export interface MatchedMean {
  readonly precondition: Precondition;
  readonly points: readonly MatchedPoint[];
}

/**
 * Checks the precondition of matched-mean dominance: both weights positive on (0, 1), and w_wide / w_narrow
 * non-decreasing in p. Numeric, on the grid of `scanPoints`; ends of violations to 1e-12.
 */
export function dominancePrecondition(wide: LossFormula, narrow: LossFormula): Precondition {
  const isInside = ({ p, q }: TrueClass): boolean => p > 1e-12 && q > 1e-12;
  for (const loss of [wide, narrow]) {
    const violations = positiveIntervals((at) => (isInside(at) && !(loss.weightAt(at) > 0) ? 1 : -1));
    if (violations.length > 0) {
      const reason = `The weight of ${loss.label} is not positive from p = ${shown(violations)}, so its flow does not keep falling.`;
      return { holds: false, violations, reason };
    }
  }
  const violations = positiveIntervals((at) => (isInside(at) ? -ratioTrend(wide, narrow, at) : 0));
  const pair = `The weight ratio of ${wide.label} to ${narrow.label}`;
  return violations.length === 0
    ? { holds: true, violations, reason: `${pair} does not fall anywhere on (0, 1).` }
    : {
        holds: false,
        violations,
        reason: `${pair} falls with p from ${shown(violations)}, so the theorem does not apply.`,
      };
}

function shown(intervals: readonly ConfidenceInterval[]): string {
  return intervals.map(({ from, to }) => `${from.toPrecision(4)} to ${to.toPrecision(4)}`).join(', ');
}

/**
 * Matched-mean dominance (T4, derived here): the variances of the CE loss u under two losses at equal mean, with the
 * precondition checked for this pair and the conclusion checked by stop-loss transforms.
 *
 * Statement: let w_wide / w_narrow be non-decreasing in p, both positive, and let both flows du/dt = -w(p) s(u) start from
 * the same distribution. When both have reached the same mean of u, the distribution under `wide` dominates the one under
 * `narrow` in convex order: E[g(u)] is at least as large for every convex g, the variance in particular.
 * Proof in short: as functions of the start value both flows increase, and where they cross, the ratio of their slopes is
 * (w_wide(p_now) / w_narrow(p_now)) / (w_wide(p_start) / w_narrow(p_start)) >= 1, so they cross once.
 * Assumptions: records move alone, along one dimension, with the same s. It holds in both spaces of flow.ts.
 * Where our derivation differs from the paper's claim: the variance is larger than CE's at equal mean loss, but for
 * alpha >= 1/3 it still falls in time.
 * Without the precondition (focal against CE) nothing is claimed; the numbers are computed all the same.
 *
 * @param means means of u to compare at, each in (0, mean of the start distribution]
 * @throws UserError for a mean that cannot be reached
 */
export function matchedMean(
  wide: LossFormula,
  narrow: LossFormula,
  start: StartDistribution,
  means: ArrayLike<number>,
  options: FlowOptions = {},
): MatchedMean {
  if (means.length === 0) {
    throw badInput(
      'the number of means',
      0,
      'must be at least 1',
      'Pass mean losses to compare at, e.g. [1, 0.5]',
    );
  }
  const points = Array.from(means, (mean) => {
    const nodes = [wide, narrow]
      .map((loss) => varianceAtMean(loss, start, mean, options).start)
      .reduce((a, b) => (b.phi.length > a.phi.length ? b : a));
    const first = atMeanOnNodes(wide, nodes, mean, options);
    const second = atMeanOnNodes(narrow, nodes, mean, options);
    return {
      mean,
      wide: first,
      narrow: second,
      varianceRatio: first.variance.value / second.variance.value,
      order: convexOrder(first.losses, second.losses, nodes.weights),
    };
  });
  return { precondition: dominancePrecondition(wide, narrow), points };
}

/** Sign of the derivative of w_wide / w_narrow; 0 within rounding. */
function ratioTrend(wide: LossFormula, narrow: LossFormula, at: TrueClass): number {
  const gain = wide.weightSlopeAt(at) * narrow.weightAt(at);
  const loss = wide.weightAt(at) * narrow.weightSlopeAt(at);
  return Math.abs(gain - loss) <= 1e-12 * (Math.abs(gain) + Math.abs(loss)) ? 0 : Math.sign(gain - loss);
}
