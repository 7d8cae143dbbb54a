import { z } from 'zod';
import { ceForms } from './ce';
import { maeForms } from './mae';
import { beta, numberIn } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** Symmetric cross-entropy: f(p) = beta (a (-ln p) + b (-A)(1 - p)); its reverse part, with ln 0 := A, is a scaled MAE. w(p) = beta (a - b A p). The smoothing of the true labels to 1e-4 in some codes is left out of the CE part. */
export const sce = {
  kind: 'p',
  title: 'Symmetric cross-entropy (SCE)',
  formula: 'f(p) = -a ln p - b A (1 - p), A = logZero',
  reference: 'Wang et al., ICCV 2019, arXiv:1908.06112',
  parameters: z
    .object({
      a: numberIn('[0, Infinity)', 0.1, 'weight of cross-entropy (alpha in the paper)'),
      b: numberIn('[0, Infinity)', 1, 'weight of reverse cross-entropy (beta in the paper)'),
      logZero: numberIn('[-1000, 0)', Math.log(1e-4), 'A, what stands for ln 0'),
      beta,
    })
    .strict(),
  create(options: { a: number; b: number; logZero: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'sce', label: labelOf('SCE', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.a, ceForms(1)],
          [(-options.b * options.logZero) / 2, maeForms],
        ]),
      ),
    );
  },
} as const;
