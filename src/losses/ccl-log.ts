import { z } from 'zod';
import { ceForms } from './ce';
import { concaveLogForms, logGamma } from './concave-log';
import { alpha, beta } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** CE with the concave logarithm: f(p) = beta (-alpha ln p + (1 - alpha) ln(1 + gamma - p)). */
export const cclLog = {
  kind: 'p',
  title: 'Convex-concave logarithmic loss',
  formula: 'f(p) = -alpha ln p + (1 - alpha) ln(1 + gamma - p)',
  reference:
    'development code of the first author (zhenlong-liu/MLHospital, concave_log), with the sign that makes the second part decrease',
  parameters: z.object({ alpha, gamma: logGamma, beta }).strict(),
  create(options: { alpha: number; gamma: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-log', label: labelOf('CCL log', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [1 - options.alpha, concaveLogForms(options.gamma)],
        ]),
      ),
    );
  },
} as const;
