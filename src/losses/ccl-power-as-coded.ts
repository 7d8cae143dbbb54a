import { z } from 'zod';
import { ceForms } from './ce';
import { powerForms, powerTau } from './concave-power';
import { alpha, beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** The power form with the sign of the development code: f(p) = beta (-alpha ln p - (1 - alpha)(1 + tau - p)^gamma), any gamma > 0 (there 1, tau 0.5). The second part rises with p: it pushes the confidence down. */
export const cclPowerAsCoded = {
  kind: 'p',
  title: 'Power form as coded (sign reversed)',
  formula: 'f(p) = -alpha ln p - (1 - alpha)(1 + tau - p)^gamma',
  reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_loss)',
  parameters: z.object({ alpha, gamma: numberIn('(0, 50]', 1, 'exponent'), tau: powerTau, beta }).strict(),
  create(options: { alpha: number; gamma: number; tau: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-power-as-coded', label: labelOf('Power form as coded', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [options.alpha - 1, powerForms(options.gamma, options.tau)],
        ]),
      ),
    );
  },
} as const;
