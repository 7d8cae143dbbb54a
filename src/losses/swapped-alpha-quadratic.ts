import { z } from 'zod';
import { ceForms } from './ce';
import { powersForms } from './recursive-taylor';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** The author's earlier quadratic form, in which alpha is the share of the concave part: f(p) = beta (-(1 - alpha) ln p - alpha p^2), w(p) = beta (1 - alpha + 2 alpha p^2). */
export const swappedAlphaQuadratic = {
  kind: 'p',
  title: 'Quadratic form with alpha swapped (earlier code)',
  formula: 'f(p) = -(1 - alpha) ln p - alpha p^2',
  reference: 'development code (zhenlong-liu/MLHospital, concave_qua)',
  parameters: z.object({ alpha: numberIn('[0, 1]', 0.5, 'share of the concave part'), beta }).strict(),
  create(options: { alpha: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      {
        name: 'swapped-alpha-quadratic',
        label: labelOf('Swapped-alpha quadratic', options),
        options: { ...options },
      },
      scaled(
        options.beta,
        weightedSum([
          [1 - options.alpha, ceForms(1)],
          [options.alpha, powersForms(0, 1)],
        ]),
      ),
    );
  },
} as const;
