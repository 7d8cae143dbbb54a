import { z } from 'zod';
import { celForms } from './cel';
import { focalForms } from './focal';
import { alpha, beta, gamma } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** Focal loss with the concave exponential as the paper means it: f(p) = beta (-alpha (1 - p)^gamma ln p - (1 - alpha) e^p). */
export const focalCel = {
  kind: 'p',
  title: 'Focal + CEL as meant',
  formula: 'f(p) = -alpha (1 - p)^gamma ln p - (1 - alpha) e^p',
  reference: 'convex-concave loss of Liu et al., ICML 2024, with focal as its convex part',
  parameters: z.object({ alpha, gamma, beta }).strict(),
  create(options: { alpha: number; gamma: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'focal-cel', label: labelOf('Focal + CEL', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, focalForms(options.gamma)],
          [1 - options.alpha, celForms(1)],
        ]),
      ),
    );
  },
} as const;
