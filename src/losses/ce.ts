import { z } from 'zod';
import type { Tensor1D } from '../backend/tensor';
import { beta } from './parameters';
import type { ProbabilityLoss } from './loss';

/** Cross-entropy: f(p) = -beta ln p, w(p) = beta. */
export const ce = {
  title: 'Cross-entropy (CE)',
  formula: 'f(p) = -ln p',
  reference: 'the convex baseline of Liu et al., ICML 2024',
  parameters: z.object({ beta }).strict(),
  create({ beta }: { beta: number }): ProbabilityLoss {
    return {
      kind: 'p',
      name: 'ce',
      label: beta === 1 ? 'CE' : `CE (beta ${beta})`,
      options: { beta },
      value: (p) => -beta * Math.log(p),
      slope: (p) => -beta / p,
      curvature: (p) => beta / (p * p),
      weight: () => beta,
      valueAt: ({ u }) => beta * u,
      values: ({ u }) => (beta === 1 ? u.clone() : u.mul(beta)),
      weights: ({ u }) => u.zerosLike<Tensor1D>().add(beta),
      constantWeight: beta,
    };
  },
} as const;
