import { z } from 'zod';
import { ceForms } from './ce';
import { celForms } from './cel';
import { alpha, beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** CCEL with a factor in the exponent: f(p) = beta (-alpha ln p - (1 - alpha) e^(scale p)). With two free weights a and b, as the development code has it, it is alpha = a / (a + b), beta = a + b. */
export const cclExp = {
  kind: 'p',
  title: 'CCEL with exponent scale',
  formula: 'f(p) = -alpha ln p - (1 - alpha) e^(scale p)',
  reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_exp_one, concave_exp)',
  parameters: z
    .object({ alpha, scale: numberIn('(0, 50]', 2, 'factor in the exponent; 1 is CCEL'), beta })
    .strict(),
  create(options: { alpha: number; scale: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-exp', label: labelOf('CCL exp', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [1 - options.alpha, celForms(options.scale)],
        ]),
      ),
    );
  },
} as const;
