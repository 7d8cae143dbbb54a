import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { ceForms } from './ce';
import { alpha, beta } from './parameters';
import { labelOf, probabilityLoss, scaled, weightedSum, type LossForms } from './probability-loss';
import type { ProbabilityLoss } from './loss';

/** -(a p + b p^2). */
export function powersForms(a: number, b: number): LossForms {
  return {
    value: ({ p }) => -(a * p + b * p * p),
    slope: ({ p }) => -(a + 2 * b * p),
    curvature: () => -2 * b,
    weight: ({ p }) => p * (a + 2 * b * p),
    weightSlope: ({ p }) => a + 4 * b * p,
    values: ({ p }) => p.mul<Tensor1D>(b).add<Tensor1D>(a).mul<Tensor1D>(p).neg(),
    weights: ({ p }) =>
      p
        .mul(2 * b)
        .add(a)
        .mul(p),
  };
}

/** The author's earlier Taylor form, in which each step multiplies what stands by alpha: start with alpha u, then twice f <- alpha f - (1 - alpha) p^k. Without factorials: f(p) = beta (-alpha^3 ln p - (1 - alpha)(alpha p + p^2)). */
export const recursiveTaylor = {
  kind: 'p',
  title: 'Recursive Taylor form (earlier code)',
  formula: 'f(p) = -alpha^3 ln p - (1 - alpha)(alpha p + p^2)',
  reference:
    'development code (zhenlong-liu/MLHospital, concave_taylor), superseded there by concave_taylor_n',
  parameters: z.object({ alpha, beta }).strict(),
  create(options: { alpha: number; beta: number }): ProbabilityLoss {
    return probabilityLoss(
      { name: 'recursive-taylor', label: labelOf('Recursive Taylor', options), options: { ...options } },
      scaled(
        options.beta,
        weightedSum([
          [options.alpha ** 3, ceForms(1)],
          [1 - options.alpha, powersForms(options.alpha, 1)],
        ]),
      ),
    );
  },
} as const;
