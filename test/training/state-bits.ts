import { createHash } from 'node:crypto';
import { stateParts } from '../../src/training/checkpoint';
import type { TrainingState } from '../../src/training/task';

/** The file of a state, in one piece. */
export const encodeState = (...state: Parameters<typeof stateParts>): Buffer =>
  Buffer.concat(stateParts(...state));

/** A fingerprint of everything that a state holds: weights, running averages, history, outputs, the best so far. */
export function stateBits(state: TrainingState): string {
  return createHash('sha256').update(encodeState(state, {})).digest('hex');
}
