import { badInput } from '../errors';
import type { TrueClass } from '../losses/loss';
import { atProbability } from './confidence';
import type { LossFamily, LossFormula } from './loss-formula';
import { bisect } from './root';
import { positiveIntervals, type ConfidenceInterval } from './sign-intervals';

/**
 * The quantity whose sign decides whether the spread of u grows at confidence p in the logit flow:
 * w'(p) (1-p) - 2 w(p), the derivative of w(p) (1-p)^2 divided by 1 - p. Positive = neighboring losses drift apart.
 *
 * Statement (T3, derived here): with du/dt = -k w(p) (1-p)^2, two records with losses u1 < u2 drift apart if and only if
 * the more confident one moves faster, that is if w(p) (1-p)^2 is larger there. Where it falls with p on the whole
 * support, Var(u) falls. Assumptions as in flow.ts.
 * The paper claims that the concave part makes the variance of losses grow; here it does so, in time, only for
 * alpha < 1/3 (CCEL and CCQL) and small p: for CEL below p = sqrt(2) - 1, for CQL below (sqrt(17) - 1) / 8 = 0.390.
 */
export function spreadGrowth(loss: LossFormula, p: number): number {
  if (!(p >= 0 && p <= 1)) throw badInput('p', p, 'must be in [0, 1]', 'Pass a true-class probability');
  return spreadGrowthAt(loss, atProbability(Math.max(p, 1e-300)));
}

function spreadGrowthAt(loss: LossFormula, at: TrueClass): number {
  return loss.weightSlopeAt(at) * at.q - 2 * loss.weightAt(at);
}

/**
 * Where in (0, 1) the spread of u grows under the logit flow of a loss: the intervals on which `spreadGrowth` is positive,
 * ends to 1e-12. Empty for CE and for CCEL and CCQL with alpha >= 1/3.
 */
export function growthIntervals(loss: LossFormula): ConfidenceInterval[] {
  return positiveIntervals((at) => spreadGrowthAt(loss, at));
}

/**
 * The largest alpha below which Var(u) can grow somewhere under a family of losses, by bisection to 1e-9 or better;
 * 1/3 for CCEL and CCQL (derived here: w'(0) = 1 - alpha against 2 w(0) = 2 alpha, and the left side falls with p).
 * 0 when it cannot grow even at alpha = 0, 1 when it can also at alpha = 1. Assumes one change along alpha.
 */
export function growthThreshold(family: LossFamily): number {
  const canGrow = (alpha: number): number => (growthIntervals(family(alpha)).length > 0 ? 1 : -1);
  if (canGrow(0) < 0) return 0;
  return canGrow(1) > 0 ? 1 : bisect(canGrow, 0, 1, 1e-11);
}
