import type { TrainingKey } from '../training/method';

/**
 * Where the random numbers of a part come from: its own streams under those of its model.
 *
 * @param part `index`: which part of the model, from 0 to 63
 */
export function partKey({ seed, role, index }: TrainingKey, part: { readonly index: number }): TrainingKey {
  const model = role === 'target' ? 0 : index + 1;
  return { seed, role: 'part', index: model * 64 + part.index };
}
