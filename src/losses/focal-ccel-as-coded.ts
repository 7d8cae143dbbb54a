import { z } from 'zod';
import { celForms } from './cel';
import { focalForms } from './focal';
import { alpha, beta, gamma } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** Focal loss and e^p with the plus sign of the official code: f(p) = beta (-alpha (1 - p)^gamma ln p + (1 - alpha) e^p). The weight alpha w_focal - (1 - alpha) p e^p turns negative above an interior confidence, at which training holds each record (`describe` gives it: alpha 0.5, gamma 2: p = 0.448): a cap on confidence, not a concave term. */
export const focalCcelAsCoded = {
  kind: 'p',
  title: 'Focal + e^p as coded (sign reversed)',
  formula: 'f(p) = -alpha (1 - p)^gamma ln p + (1 - alpha) e^p',
  reference: 'loss_function.py of the official code (focal_ccel); focal_exp of the development code',
  parameters: z.object({ alpha, gamma, beta }).strict(),
  create(options: { alpha: number; gamma: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      {
        name: 'focal-ccel-as-coded',
        label: labelOf('Focal + e^p as coded', options),
        options: { ...options },
      },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, focalForms(options.gamma)],
          [options.alpha - 1, celForms(1)],
        ]),
      ),
    );
  },
} as const;
