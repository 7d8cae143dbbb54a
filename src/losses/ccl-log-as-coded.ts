import { z } from 'zod';
import { ceForms } from './ce';
import { concaveLogForms, logGamma } from './concave-log';
import { alpha, beta } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** The logarithmic form with the sign of the development code: f(p) = beta (-alpha ln p - (1 - alpha) ln(1 + gamma - p)). The second part is convex and rises with p: it pushes the confidence down. */
export const cclLogAsCoded = {
  kind: 'p',
  title: 'Logarithmic form as coded (sign reversed)',
  formula: 'f(p) = -alpha ln p - (1 - alpha) ln(1 + gamma - p)',
  reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_log)',
  parameters: z.object({ alpha, gamma: logGamma, beta }).strict(),
  create(options: { alpha: number; gamma: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-log-as-coded', label: labelOf('Log form as coded', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [options.alpha - 1, concaveLogForms(options.gamma)],
        ]),
      ),
    );
  },
} as const;
