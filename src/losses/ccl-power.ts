import { z } from 'zod';
import { ceForms } from './ce';
import { powerForms, powerGamma, powerTau } from './concave-power';
import { alpha, beta } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** CE with the concave power: f(p) = beta (-alpha ln p + (1 - alpha)(1 + tau - p)^gamma), gamma < 1. */
export const cclPower = {
  kind: 'p',
  title: 'Convex-concave power loss',
  formula: 'f(p) = -alpha ln p + (1 - alpha)(1 + tau - p)^gamma',
  reference:
    'development code of the first author (zhenlong-liu/MLHospital, concave_loss), with the sign that makes the second part decrease',
  parameters: z.object({ alpha, gamma: powerGamma, tau: powerTau, beta }).strict(),
  create(options: { alpha: number; gamma: number; tau: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-power', label: labelOf('CCL power', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [1 - options.alpha, powerForms(options.gamma, options.tau)],
        ]),
      ),
    );
  },
} as const;
