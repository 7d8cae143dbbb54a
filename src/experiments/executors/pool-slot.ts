import type { PlannedBlock } from '../plan';

/**
 * One place of the pool. With a block: its process starts, trains, or was told to stop and owes an answer. Without: no
 * process (`empty`), one that waits for work (`idle`), or one that was killed and is not gone yet (`ending`).
 */
export type Slot =
  | { readonly state: 'empty' | 'idle' | 'ending' }
  | { readonly state: 'starting' | 'training'; readonly block: PlannedBlock; readonly isRetry: boolean }
  | { readonly state: 'stopping'; readonly block: PlannedBlock };

/** What can happen to a place: the pool wants something, or its process says something or dies. */
export type SlotEvent =
  | { readonly type: 'assign'; readonly block: PlannedBlock }
  | { readonly type: 'opened' }
  | { readonly type: 'done'; readonly here: boolean }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'aborted' }
  | { readonly type: 'crashed'; readonly error: Error }
  /** Nothing is to be trained any more. */
  | { readonly type: 'abort' }
  /** Its process keeps more memory than its share. */
  | { readonly type: 'too large' };

/** What the pool does about it, in this order. */
export type SlotAction =
  | { readonly type: 'spawn' | 'kill' | 'stop' }
  | { readonly type: 'start' | 'train'; readonly block: PlannedBlock }
  | { readonly type: 'finish'; readonly block: PlannedBlock; readonly here: boolean }
  | { readonly type: 'retry'; readonly block: PlannedBlock; readonly error: Error }
  | { readonly type: 'fail'; readonly block: PlannedBlock; readonly error: unknown };

export interface Transition {
  readonly slot: Slot;
  readonly actions: readonly SlotAction[];
}

const empty: Slot = { state: 'empty' };
const idle: Slot = { state: 'idle' };
const ending: Slot = { state: 'ending' };

const to = (slot: Slot, ...actions: SlotAction[]): Transition => ({ slot, actions });

/**
 * The pool as a table: what a place becomes, and what is to be done, when something happens to it. A block whose process
 * dies is tried once more in a fresh one. No place waits for another here; which block it gets, and whether memory allows
 * it, is decided before `assign`.
 *
 * @throws Error for an event that cannot happen in this state, which would be a defect of the pool
 */
export function transition(slot: Slot, event: SlotEvent): Transition {
  const { type } = event;
  switch (slot.state) {
    case 'empty':
      if (type === 'assign') return begin(event.block, { type: 'spawn' }, 'starting');
      if (type === 'abort') return to(slot);
      break;
    case 'idle':
      if (type === 'assign') return begin(event.block, { type: 'train', block: event.block }, 'training');
      if (type === 'abort') return to(slot);
      if (type === 'crashed') return to(empty);
      if (type === 'too large') return to(ending, { type: 'kill' });
      break;
    case 'starting':
      if (type === 'opened') return to({ ...slot, state: 'training' }, { type: 'train', block: slot.block });
      if (type === 'crashed') return tryAgain(slot, event.error);
      // A process that cannot compute is of no use to the next block either.
      if (type === 'failed')
        return to(ending, { type: 'fail', block: slot.block, error: event.error }, { type: 'kill' });
      // It has nothing to lose yet.
      if (type === 'abort') return to(ending, { type: 'kill' });
      break;
    case 'training':
      if (type === 'done') return to(idle, { type: 'finish', block: slot.block, here: event.here });
      if (type === 'failed') return to(idle, { type: 'fail', block: slot.block, error: event.error });
      if (type === 'crashed') return tryAgain(slot, event.error);
      if (type === 'abort') return to({ state: 'stopping', block: slot.block }, { type: 'stop' });
      break;
    case 'stopping':
      if (type === 'done') return to(idle, { type: 'finish', block: slot.block, here: event.here });
      if (type === 'failed') return to(idle, { type: 'fail', block: slot.block, error: event.error });
      if (type === 'aborted') return to(idle);
      if (type === 'crashed') return to(empty);
      if (type === 'abort') return to(slot);
      break;
    case 'ending':
      if (type === 'crashed') return to(empty);
      // What the process said before the kill reached it.
      if (type !== 'assign' && type !== 'too large') return to(slot);
      break;
  }
  throw new Error(`The pool heard «${type}» of a place that is ${slot.state}.`);
}

function begin(block: PlannedBlock, action: SlotAction, state: 'starting' | 'training'): Transition {
  return to({ state, block, isRetry: false }, { type: 'start', block }, action);
}

function tryAgain({ block, isRetry }: { block: PlannedBlock; isRetry: boolean }, error: Error): Transition {
  if (isRetry) return to(empty, { type: 'fail', block, error });
  return to({ state: 'starting', block, isRetry: true }, { type: 'retry', block, error }, { type: 'spawn' });
}

/** Whether a place has a block. */
export function isAtWork({ state }: Slot): boolean {
  return state === 'starting' || state === 'training' || state === 'stopping';
}
