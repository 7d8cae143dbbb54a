import { createHash } from 'node:crypto';
import { encodeState } from '../../src/training/checkpoint';
import type { TrainingState } from '../../src/training/task';

/** A fingerprint of everything that a state holds: weights, running averages, history, outputs, the best so far. */
export function stateBits(state: TrainingState): string {
  return createHash('sha256').update(encodeState(state, {})).digest('hex');
}
