import { z } from 'zod';
import { ceForms } from './ce';
import { concaveTaylorForms } from './concave-taylor';
import { alpha, beta, terms } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** CE with the Taylor form of CEL of any order: f(p) = beta (-alpha ln p - (1 - alpha) sum_{k=1..terms} p^k / k!). Two terms are CCQL; many tend to CCEL + (1 - alpha). */
export const cclTaylor = {
  kind: 'p',
  title: 'Convex-concave Taylor loss of order n',
  formula: 'f(p) = -alpha ln p - (1 - alpha) sum_{k=1..terms} p^k / k!',
  reference: 'development code of the first author (zhenlong-liu/MLHospital, concave_taylor_n)',
  parameters: z.object({ alpha, terms: terms(3), beta }).strict(),
  create(options: { alpha: number; terms: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'ccl-taylor', label: labelOf('CCL Taylor', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha, ceForms(1)],
          [1 - options.alpha, concaveTaylorForms(options.terms)],
        ]),
      ),
    );
  },
} as const;
