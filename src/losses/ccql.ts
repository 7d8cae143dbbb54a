import { defineLoss } from './define-loss';
import { alpha } from './parameters';
import { share } from './probability-loss';

/**
 * Convex-concave quadratic loss: f(p) = beta (-alpha ln p - (1 - alpha)(p + p^2 / 2)),
 * w(p) = beta (alpha + (1 - alpha) p (1 + p)).
 *
 * The concave part is the second-order Taylor form of e^p without its constant. Convex in p on (0, 1] only if
 * alpha >= 1/2; the weight rises with confidence from alpha to 2 - alpha. Its minimum is -1.5 (1 - alpha).
 */
export const ccql = defineLoss({
  kind: 'p',
  name: 'ccql',
  label: 'CCQL',
  title: 'Convex-concave quadratic loss (CCQL)',
  formula: 'f(p) = -alpha ln p - (1 - alpha)(p + p^2 / 2)',
  reference: 'Liu et al., ICML 2024; loss_function.py of the official code (ccql)',
  parameters: { alpha },
  forms: (options) => {
    const a = options.beta * options.alpha;
    const b = options.beta * (1 - options.alpha);
    return {
      value: ({ p, u }) => share(a, u) - b * (p + (p * p) / 2),
      slope: ({ p }) => -share(a, 1 / p) - b * (1 + p),
      curvature: ({ p }) => share(a, 1 / (p * p)) - b,
      weight: ({ p }) => a + b * p * (1 + p),
      weightSlope: ({ p }) => b * (1 + 2 * p),
      values: ({ p, u }) => u.mul(a).sub(p.mul(p).mul(0.5).add(p).mul(b)),
      weights: ({ p }) => p.add(1).mul(p).mul(b).add(a),
    };
  },
});
