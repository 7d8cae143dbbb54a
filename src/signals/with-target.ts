import { badInput } from '../errors';
import type { SignalSet } from './signal-set';
import { shareStatistics } from './statistics';

/**
 * The same models and records with another model as the target; what was counted for all models (`statistics.ts`) is
 * kept. Gradient norms and the trajectory are left out, since they are those of the first target.
 *
 * @param target in 0 .. models-1
 * @throws UserError for a target outside that range
 */
export function withTarget(set: SignalSet, target: number): SignalSet {
  if (!Number.isInteger(target) || target < 0 || target >= set.models) {
    throw badInput('target', target, `must be in 0 .. ${set.models - 1}`, 'Count models from 0');
  }
  if (target === set.target) return set;
  const other: { -readonly [Key in keyof SignalSet]: SignalSet[Key] } = { ...set, target };
  delete other.gradientNorms;
  delete other.trajectory;
  shareStatistics(set, other);
  return other;
}
