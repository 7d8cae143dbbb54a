import { z } from 'zod';
import type { LogitsLoss } from './loss';
import { rescaledRow, rescaledTensors } from './logit-norm';
import { beta, numberIn } from './parameters';
import { labelOf } from './probability-loss';

/**
 * Cross-entropy of logits whose Euclidean norm is clipped: z' = z if |z| <= tau, else tau z / |z|; times beta. Where it
 * clips, the gradient has no part along z.
 */
export const logitClip = {
  kind: 'logits',
  title: 'Logit-clipped CE',
  formula: 'CE(z min(1, tau / |z|)), |z| the Euclidean norm',
  reference: 'Wei et al., ICML 2023, arXiv:2212.04055; logit_cliping of the development code',
  parameters: z.object({ tau: numberIn('(0, Infinity)', 1, 'largest norm of the logits'), beta }).strict(),
  create(options: { tau: number; beta: number }): LogitsLoss {
    const { tau, beta: factor } = options;
    return {
      kind: 'logits',
      name: 'logit-clip',
      label: labelOf('Logit clip', options),
      options: { ...options },
      onRow: (row) => rescaledRow(row, { norm: tau, factor, onlyAbove: true }),
      onTensors: (batch) => rescaledTensors(batch, { norm: tau, factor, onlyAbove: true }),
    };
  },
} as const;
