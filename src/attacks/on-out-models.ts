import type { SignalSet } from '../signals/signal-set';
import { crossEntropies, modelRow } from '../signals/statistics';
import type { AttackScores } from './attack';
import { forEachRecord, whereUsable } from './reference-sides';

/**
 * A score of each record from the target's cross-entropy loss and those of the reference models that were not trained on
 * it, the same number for each record; records with fewer are not usable.
 */
export function onOutModels(
  set: SignalSet,
  attack: string,
  scoreOf: (own: number, outside: Float64Array) => number,
): AttackScores {
  const losses = crossEntropies(set);
  const own = modelRow(losses, set.n, set.target);
  const usable = new Uint8Array(set.n);
  const scores = new Float64Array(set.n);
  forEachRecord(set, losses, 'out-models', (i, { outside }) => {
    if (outside.length === 0) return;
    usable[i] = 1;
    scores[i] = scoreOf(own[i], outside);
  });
  return whereUsable(attack, { scores, usable }, 'out-models');
}
