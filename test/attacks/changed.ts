import type { Attack } from '../../src/attacks/attack';
import type { SetStatement } from '../../src/attacks/define-attack';
import type { SignalSet } from '../../src/signals/signal-set';

/** The attack with other scores, as if somebody had changed it. */
export function changed(attack: Attack, scores: SetStatement['scores']): Attack {
  return { ...attack, scores: (signals, context) => scores(signals as SignalSet, context ?? { seed: 1 }) };
}
