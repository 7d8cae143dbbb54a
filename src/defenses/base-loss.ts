import { z } from 'zod';
import type { Loss } from '../losses/loss';
import { lossFromData } from '../losses/registry';
import { lossDefense } from '../training/batch-loss';
import type { Defense, DefenseSetup, Teacher } from '../training/defense';

/** A loss by name with its options beside it, as studies write a defense: { loss: 'ccel', alpha: 0.5 }. */
export const baseLossSchema = z
  .object({ loss: z.string().default('ce') })
  .passthrough()
  .default({});

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

/** Plain training with a loss, as the defense of a teacher. */
export function plainTraining(base: z.output<typeof baseLossSchema>): Defense {
  return lossDefense(baseLoss(base));
}

/** A model trained on all members, whose knowledge another one takes over. */
export function teacher({ members }: DefenseSetup, base: z.output<typeof baseLossSchema>): Teacher {
  const records = Int32Array.from(members.y, (_, i) => i);
  return { name: 'teacher', index: 0, records, defense: plainTraining(base) };
}
