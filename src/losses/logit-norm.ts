import { z } from 'zod';
import type { Tensor1D, Tensor2D } from '../backend/tensor';
import type { LogitsLoss, SoftmaxRow, SoftmaxTensors } from './loss';
import { beta, numberIn } from './parameters';
import { labelOf } from './probability-loss';

/** Cross-entropy of logits brought to one Euclidean norm: z' = z / (temperature |z|); times beta. */
export const logitNorm = {
  kind: 'logits',
  title: 'Logit-normalized CE',
  formula: 'CE(z / (temperature |z|)), |z| the Euclidean norm',
  reference: 'Wei et al., ICML 2022, arXiv:2205.09310; logit_norm of the development code, without its 1e-7',
  parameters: z
    .object({
      temperature: numberIn('(0, Infinity)', 1, 'the norm is 1 / temperature; 0.04 in the paper'),
      beta,
    })
    .strict(),
  create(options: { temperature: number; beta: number }): LogitsLoss {
    const { temperature, beta: factor } = options;
    return {
      kind: 'logits',
      name: 'logit-norm',
      label: labelOf('Logit norm', options),
      options: { ...options },
      onRow: (row) => rescaledRow(row, { norm: 1 / temperature, factor, onlyAbove: false }),
      onTensors: (batch) => rescaledTensors(batch, { norm: 1 / temperature, factor, onlyAbove: false }),
    };
  },
} as const;

interface Rescaling {
  /** The norm that the logits are brought to. */
  readonly norm: number;
  /** Factor on the loss. */
  readonly factor: number;
  /** Leave logits with a smaller norm as they are. */
  readonly onlyAbove: boolean;
}

/**
 * factor CE(z') for z' = norm z / |z|. With e = z / |z| and g the gradient at z', the gradient is
 * (norm / |z|)(g - e (e . g)). All-zero logits are left as they are and have gradient 0 where they would be rescaled.
 */
export function rescaledRow(
  row: SoftmaxRow,
  { norm, factor, onlyAbove }: Rescaling,
): { value: number; gradient: Float64Array } {
  const z = Float64Array.from(row.z);
  const size = Math.hypot(...z);
  if (onlyAbove && size <= norm) {
    return { value: factor * row.u, gradient: row.direction.map((d) => factor * d) };
  }
  const e = size === 0 ? z : z.map((each) => each / size);
  const { u, direction } = row.at(e.map((each) => norm * each));
  const along = direction.reduce((sum, d, k) => sum + d * e[k], 0);
  const scale = size === 0 ? 0 : (factor * norm) / size;
  return { value: factor * u, gradient: direction.map((d, k) => scale * (d - e[k] * along)) };
}

/** The same for a batch. */
export function rescaledTensors(
  batch: SoftmaxTensors,
  { norm, factor, onlyAbove }: Rescaling,
): { values: Tensor1D; gradients: Tensor2D } {
  const { z } = batch;
  // The largest entry is taken out first, so that squares of logits neither overflow nor vanish.
  const largest = z.abs<Tensor2D>().max<Tensor2D>(1, true).maximum<Tensor2D>(1e-30);
  const size = z
    .div<Tensor2D>(largest)
    .square()
    .sum<Tensor2D>(1, true)
    .sqrt<Tensor2D>()
    .mul<Tensor2D>(largest)
    .maximum<Tensor2D>(1e-30);
  const e = z.div<Tensor2D>(size);
  const rescale = onlyAbove ? size.greater(norm).toFloat() : size.onesLike();
  const kept = rescale.neg().add(1);
  const moved = e.mul<Tensor2D>(norm).mul<Tensor2D>(rescale).add<Tensor2D>(z.mul(kept));
  const { u, direction } = batch.at(moved);
  const along = direction.mul<Tensor2D>(e).sum(1, true);
  const turned = direction.sub<Tensor2D>(e.mul(along)).mul<Tensor2D>(size.pow<Tensor2D>(-1).mul(norm));
  const nonzero = z.abs().max(1, true).greater(0).toFloat();
  return {
    values: u.mul(factor),
    gradients: turned
      .mul<Tensor2D>(rescale)
      .mul<Tensor2D>(nonzero)
      .add<Tensor2D>(direction.mul(kept))
      .mul(factor),
  };
}
