import { badInput } from '../errors';
import { atProbability, type LossFormula } from './confidence';
import { extremes } from './root';

/** Bounds of a loss's gradient as multiples of the cross-entropy gradient of the same record. */
export interface GradientBounds {
  readonly low: number;
  readonly high: number;
  /** The confidences at which they are attained. */
  readonly lowAt: number;
  readonly highAt: number;
}

/**
 * Smallest and largest logit weight on [0, 1]: low |grad CE| <= |grad f| <= high |grad CE| for each record, with respect
 * to the logits and, as the chain rule multiplies both by the same Jacobian, to the network's parameters.
 *
 * Statement (derived here; the paper's own bound was not available): grad f = w(p) grad CE with w(p) = -p f'(p). For
 * alpha CE + (1 - alpha) f~ with f~ decreasing and concave, alpha <= w <= alpha + (1 - alpha) |f~'(1)|: the lower bound
 * keeps hard records (p near 0) learning, where the concave part alone has no gradient. It bounds each record's gradient;
 * a batch's mean gradient need not obey it, and it implies no rate of convergence by itself.
 */
export function gradientBounds(loss: LossFormula): GradientBounds {
  const { min, minAt, max, maxAt } = extremes((p) => loss.weightAt(atProbability(Math.max(p, 1e-300))), 0, 1);
  return { low: min, high: max, lowAt: minAt, highAt: maxAt };
}

/**
 * The closed form of the bounds for alpha CE + (1 - alpha) f~: [alpha, alpha + (1 - alpha) |f~'(1)|], with |f~'(1)| = e
 * for the exponential and 2 for the quadratic part. f~ is checked to be decreasing and concave on [0, 1].
 *
 * @param alpha in [0, 1]
 * @param concave f~, e.g. `loss('cel')`
 * @throws UserError for alpha outside its range, or where f~ has a positive slope or curvature
 */
export function convexConcaveBounds(alpha: number, concave: LossFormula): GradientBounds {
  if (!(alpha >= 0 && alpha <= 1))
    throw badInput('alpha', alpha, 'must be in [0, 1]', 'Take 0.5 to start with');
  for (const [what, of] of [
    ['slope', 'slopeAt'],
    ['curvature', 'curvatureAt'],
  ] as const) {
    const { max, maxAt } = extremes((p) => concave[of](atProbability(Math.max(p, 1e-300))), 0, 1);
    if (max > 1e-12) {
      throw badInput(
        `the ${what} of ${concave.label} at p = ${maxAt.toPrecision(4)}`,
        max,
        'must not be positive on [0, 1]',
        'Take a decreasing concave part',
      );
    }
  }
  const steepest = Math.abs(concave.slopeAt(atProbability(1)));
  return { low: alpha, high: alpha + (1 - alpha) * steepest, lowAt: 0, highAt: 1 };
}
