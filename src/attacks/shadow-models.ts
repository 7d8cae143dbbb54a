import { badInput } from '../errors';
import { referenceModels, type SignalSet } from '../signals/signal-set';

/** Pooled records of more shadow models than this change no cut that matters, and cost a pass over the file each. */
const mostShadows = 8;

/** Reference models with members and non-members among the records, at most eight. */
export function shadowModels(set: SignalSet): number[] {
  return referenceModels(set)
    .filter((m) => set.members[m].includes(1) && set.members[m].includes(0))
    .slice(0, mostShadows);
}

/**
 * The same, where an attack cannot do without.
 *
 * @param rule what needs them, as the end of a sentence
 * @throws UserError if there is none
 */
export function requiredShadowModels(
  set: SignalSet,
  rule: string,
  remedy = 'Pass a model with members and non-members among the records',
): number[] {
  const shadows = shadowModels(set);
  if (shadows.length === 0) throw badInput('the number of shadow models', 0, rule, remedy);
  return shadows;
}
