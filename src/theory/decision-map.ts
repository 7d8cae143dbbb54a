import { badInput } from '../errors';
import { atProbability } from './confidence';
import type { LossFamily } from './loss-formula';
import { spreadGrowth } from './variance-growth';

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
