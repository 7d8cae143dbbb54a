import type { z } from 'zod';
import { baseLoss, type baseLossSchema } from './base-loss';
import type { Defense, DefenseSetup, Part } from './defense';
import { lossDefense } from './loss-defense';

/** Plain training with a loss, as the defense of a part. */
export function lossOfPart(base: z.output<typeof baseLossSchema>): Defense {
  return lossDefense(baseLoss(base));
}

/** A model trained on all members, whose knowledge another one takes over. */
export function teacher({ members }: DefenseSetup, base: z.output<typeof baseLossSchema>): Part {
  const records = Int32Array.from(members.y, (_, i) => i);
  return { name: 'teacher', index: 0, records, defense: lossOfPart(base) };
}
