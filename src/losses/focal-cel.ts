import { celForms } from './cel';
import { defineLoss } from './define-loss';
import { focalForms } from './focal';
import { alpha, gamma } from './parameters';
import { convexConcaveSum, scaled, weightedSum } from './probability-loss';

/** Focal loss with the concave exponential as the paper means it: f(p) = beta (-alpha (1 - p)^gamma ln p - (1 - alpha) e^p). */
export const focalCel = defineLoss({
  kind: 'p',
  name: 'focal-cel',
  label: 'Focal + CEL',
  title: 'Focal + CEL as meant',
  formula: 'f(p) = -alpha (1 - p)^gamma ln p - (1 - alpha) e^p',
  reference: 'convex-concave loss of Liu et al., ICML 2024, with focal as its convex part',
  parameters: { alpha, gamma },
  forms: ({ beta, alpha, gamma }) => scaled(beta, convexConcaveSum(alpha, focalForms(gamma), celForms(1))),
});

/** Focal loss and e^p with the plus sign of the official code: f(p) = beta (-alpha (1 - p)^gamma ln p + (1 - alpha) e^p). The weight alpha w_focal - (1 - alpha) p e^p turns negative above an interior confidence, at which training holds each record (`describe` gives it: alpha 0.5, gamma 2: p = 0.448): a cap on confidence, not a concave term. */
export const focalCcelAsCoded = defineLoss({
  kind: 'p',
  name: 'focal-ccel-as-coded',
  label: 'Focal + e^p as coded',
  title: 'Focal + e^p as coded (sign reversed)',
  formula: 'f(p) = -alpha (1 - p)^gamma ln p + (1 - alpha) e^p',
  reference: 'loss_function.py of the official code (focal_ccel); focal_exp of the development code',
  parameters: { alpha, gamma },
  forms: ({ beta, alpha, gamma }) =>
    scaled(
      beta,
      weightedSum([
        [alpha, focalForms(gamma)],
        [alpha - 1, celForms(1)],
      ]),
    ),
});
