import { badInput } from '../errors';
import type { TrueClass } from '../losses/loss';
import { scanSigns } from '../losses/scan';
import { atProbability, type LossFamily, type LossFormula } from './confidence';
import { bisect } from './root';

/** An interval of confidence, [from, to] in [0, 1]. */
export interface ConfidenceInterval {
  readonly from: number;
  readonly to: number;
}

/** The intervals of p on which a function of the true class is positive, ends to 1e-12 (see `scanPoints` for the grid). */
export function positiveIntervals(f: (at: TrueClass) => number): ConfidenceInterval[] {
  const { signs, changes } = scanSigns(f);
  const intervals: ConfidenceInterval[] = [];
  let from = signs.has(1) && (changes.length === 0 || changes[0].from === 1) ? 0 : null;
  for (const { p, to } of changes) {
    if (from !== null) intervals.push({ from, to: p });
    from = to === 1 ? p : null;
  }
  if (from !== null) intervals.push({ from, to: 1 });
  return intervals;
}

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

/** Signs over a grid of alpha and p; row i belongs to alphas[i], column j to ps[j]. */
export interface DecisionMap {
  readonly alphas: Float64Array;
  readonly ps: Float64Array;
  /** Sign of f''(p), row-major [alphas, ps]: 1 = convex at p, -1 = concave: the sign of the paper's variance coefficient. */
  readonly curvature: Int8Array;
  /** Sign of `spreadGrowth`, row-major [alphas, ps]: 1 = losses drift apart in the logit flow, -1 = they draw together. */
  readonly growth: Int8Array;
}

/**
 * Where in the plane of alpha and p the argument from curvature and the growth of Var(u) have which sign (T1 and T3,
 * derived here). The paper infers growth from concavity; the map shows that the two regions hardly meet: concavity begins
 * at high p, growth is confined to low p.
 *
 * @param alphas each in [0, 1]
 * @param ps each in (0, 1]
 * @throws UserError that names the first value outside its range
 */
export function decisionMap(
  family: LossFamily,
  alphas: ArrayLike<number> = range(0, 1, 101),
  ps: ArrayLike<number> = range(0.005, 1, 200),
): DecisionMap {
  requireAll('alphas', alphas, (alpha) => alpha >= 0 && alpha <= 1, 'must be in [0, 1]');
  requireAll('ps', ps, (p) => p > 0 && p <= 1, 'must be in (0, 1]');
  const curvature = new Int8Array(alphas.length * ps.length);
  const growth = new Int8Array(alphas.length * ps.length);
  for (let i = 0; i < alphas.length; i++) {
    const loss = family(alphas[i]);
    for (let j = 0; j < ps.length; j++) {
      curvature[i * ps.length + j] = Math.sign(loss.curvatureAt(atProbability(ps[j])));
      growth[i * ps.length + j] = Math.sign(spreadGrowth(loss, ps[j]));
    }
  }
  return { alphas: Float64Array.from(alphas), ps: Float64Array.from(ps), curvature, growth };
}

/** `count` equally spaced numbers from `low` to `high`. */
function range(low: number, high: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

function requireAll(name: string, values: ArrayLike<number>, ok: (x: number) => boolean, rule: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!ok(values[i])) throw badInput(`${name}[${i}]`, values[i], rule, 'Correct or leave out this value');
  }
}
