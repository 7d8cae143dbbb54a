import { defineLoss } from './define-loss';
import { alpha } from './parameters';
import { share } from './probability-loss';

/**
 * Convex-concave exponential loss: f(p) = beta (-alpha ln p - (1 - alpha) e^p), w(p) = beta (alpha + (1 - alpha) p e^p).
 *
 * Convex in p on (0, 1] only if alpha >= e / (1 + e) = 0.7311; the weight rises with confidence from alpha to
 * alpha + (1 - alpha) e. Its minimum is -(1 - alpha) e, so a negative loss is no error.
 */
export const ccel = defineLoss({
  kind: 'p',
  name: 'ccel',
  label: 'CCEL',
  title: 'Convex-concave exponential loss (CCEL)',
  formula: 'f(p) = -alpha ln p - (1 - alpha) e^p',
  reference: 'Liu et al., ICML 2024; loss_function.py of the official code (ccel)',
  parameters: { alpha },
  forms: (options) => {
    const a = options.beta * options.alpha;
    const b = options.beta * (1 - options.alpha);
    return {
      value: ({ p, u }) => share(a, u) - b * Math.exp(p),
      slope: ({ p }) => -share(a, 1 / p) - b * Math.exp(p),
      curvature: ({ p }) => share(a, 1 / (p * p)) - b * Math.exp(p),
      weight: ({ p }) => a + b * p * Math.exp(p),
      weightSlope: ({ p }) => b * (1 + p) * Math.exp(p),
      values: ({ p, u }) => u.mul(a).sub(p.exp().mul(b)),
      weights: ({ p }) => p.exp().mul(p).mul(b).add(a),
    };
  },
});
