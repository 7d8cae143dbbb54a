import { badInput } from '../errors';
import { randomStream } from '../math/random';

/** Four disjoint parts of equal size, as record numbers; each ascending. */
export interface Quarters {
  readonly targetMembers: Int32Array;
  readonly targetNonMembers: Int32Array;
  readonly shadowMembers: Int32Array;
  readonly shadowNonMembers: Int32Array;
}

/** Raised when a change alters which records go where; part of a run's identity. */
export const splitRevision = 1;

/**
 * Deals records into four equal parts by seed (the paper's split without an inference set, data_loader_target.py of
 * the official code). Up to three records are left over. Further shadow models (index > 0) deal the two shadow parts
 * anew among themselves, so that no shadow ever sees a record of the target.
 *
 * @throws UserError if there are fewer than 4 records
 */
export function splitQuarters(records: number, seed: number, shadowIndex = 0): Quarters {
  if (!Number.isInteger(records) || records < 4) {
    throw badInput('records', records, 'must be at least 4 to make four parts', 'Use a larger data set');
  }
  const size = Math.floor(records / 4);
  const order = randomStream({ seed, role: 'data', purpose: 'split' }).permutation(records);
  let shadowPool = order.slice(2 * size, 4 * size);
  if (shadowIndex > 0) {
    const deal = randomStream({ seed, role: 'shadow', index: shadowIndex, purpose: 'split' }).permutation(
      2 * size,
    );
    shadowPool = Int32Array.from(deal, (i) => shadowPool[i]);
  }
  return {
    targetMembers: order.slice(0, size).sort(),
    targetNonMembers: order.slice(size, 2 * size).sort(),
    shadowMembers: shadowPool.slice(0, size).sort(),
    shadowNonMembers: shadowPool.slice(size).sort(),
  };
}
