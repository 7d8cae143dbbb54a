import { z } from 'zod';
import type { Loss } from '../losses/loss';
import { lossFromData, type LossName } from '../losses/registry';

/** A loss by name with its options beside it, as studies write a method: { loss: 'ccel', alpha: 0.5 }. */
export const baseLossSchema = z
  .object({ loss: z.string().default('ce') })
  .passthrough()
  .default({});

export type BaseLoss = { readonly loss?: LossName } & Readonly<Record<string, unknown>>;

/**
 * The loss that a defense is combined with; default cross-entropy.
 *
 * @throws UserError for an unknown name or option, or a value outside its range
 */
export function baseLoss({ loss, ...options }: z.output<typeof baseLossSchema>): Loss {
  return lossFromData(loss, options);
}

/** The end of a label: « + CCEL (alpha 0.5)», or nothing for cross-entropy. */
export function withBase(base: z.output<typeof baseLossSchema>): string {
  return base.loss === 'ce' && Object.keys(base).length === 1 ? '' : ` + ${baseLoss(base).label}`;
}
