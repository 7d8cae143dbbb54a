import type { z } from 'zod';
import type { DefenseSpec, DefenseSetup, Part } from './defense';
import { baseLoss, type baseLossSchema } from './base-loss';

/** Plain training with a loss, as the defense of a part. */
export function lossOfPart(base: z.output<typeof baseLossSchema>): DefenseSpec {
  const { name, options } = baseLoss(base);
  return { name, options };
}

/** A model trained on all members, whose knowledge another one takes over. */
export function teacher({ members }: DefenseSetup, base: z.output<typeof baseLossSchema>): Part {
  const records = Int32Array.from(members.y, (_, i) => i);
  return { name: 'teacher', index: 0, records, defense: lossOfPart(base) };
}
