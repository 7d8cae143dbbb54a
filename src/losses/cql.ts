import { z } from 'zod';
import { concaveTaylorForms } from './concave-taylor';
import { beta } from './parameters';
import { labelOf, probabilityLoss, scaled } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** Concave quadratic loss: f(p) = -beta (p + p^2 / 2), w(p) = beta p (1 + p): the Taylor form of order 2 of CEL without its constant. */
export const cql = {
  kind: 'p',
  title: 'Concave quadratic loss (CQL)',
  formula: 'f(p) = -(p + p^2 / 2)',
  reference: 'Liu et al., ICML 2024 (concave part of CCQL); taylor_exp of the official code',
  parameters: z.object({ beta }).strict(),
  create(options: { beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'cql', label: labelOf('CQL', options), options: { ...options } },
      scaled(options.beta, concaveTaylorForms(2)),
    );
  },
} as const;
