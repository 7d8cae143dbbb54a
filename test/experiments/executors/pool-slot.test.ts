import { describe, expect, it } from 'vitest';
import {
  transition,
  type Slot,
  type SlotAction,
  type SlotEvent,
} from '../../../src/experiments/executors/pool-slot';
import type { PlannedBlock } from '../../../src/experiments/plan';

const block = { id: 'a', title: 'a' } as PlannedBlock;
const error = new Error('died');

const slots = {
  empty: { state: 'empty' },
  idle: { state: 'idle' },
  starting: { state: 'starting', block, isRetry: false },
  'starting again': { state: 'starting', block, isRetry: true },
  training: { state: 'training', block, isRetry: false },
  'training again': { state: 'training', block, isRetry: true },
  stopping: { state: 'stopping', block },
  ending: { state: 'ending' },
} as const satisfies Record<string, Slot>;
type Name = keyof typeof slots;

const events = {
  assign: { type: 'assign', block },
  opened: { type: 'opened' },
  done: { type: 'done', here: true },
  failed: { type: 'failed', error },
  aborted: { type: 'aborted' },
  crashed: { type: 'crashed', error },
  abort: { type: 'abort' },
  'too large': { type: 'too large' },
} as const satisfies Record<SlotEvent['type'], SlotEvent>;
type EventName = keyof typeof events;

/** What follows: the next state and the words of the actions. Whatever is not in the table cannot happen. */
const table: Record<Name, Partial<Record<EventName, readonly [Name, ...SlotAction['type'][]]>>> = {
  empty: { assign: ['starting', 'start', 'spawn'], abort: ['empty'] },
  idle: {
    assign: ['training', 'start', 'train'],
    abort: ['idle'],
    crashed: ['empty'],
    'too large': ['ending', 'kill'],
  },
  starting: {
    opened: ['training', 'train'],
    crashed: ['starting again', 'retry', 'spawn'],
    failed: ['ending', 'fail', 'kill'],
    abort: ['ending', 'kill'],
  },
  'starting again': {
    opened: ['training again', 'train'],
    crashed: ['empty', 'fail'],
    failed: ['ending', 'fail', 'kill'],
    abort: ['ending', 'kill'],
  },
  training: {
    done: ['idle', 'finish'],
    failed: ['idle', 'fail'],
    crashed: ['starting again', 'retry', 'spawn'],
    abort: ['stopping', 'stop'],
  },
  'training again': {
    done: ['idle', 'finish'],
    failed: ['idle', 'fail'],
    crashed: ['empty', 'fail'],
    abort: ['stopping', 'stop'],
  },
  stopping: {
    done: ['idle', 'finish'],
    failed: ['idle', 'fail'],
    aborted: ['idle'],
    crashed: ['empty'],
    abort: ['stopping'],
  },
  ending: {
    crashed: ['empty'],
    opened: ['ending'],
    done: ['ending'],
    failed: ['ending'],
    aborted: ['ending'],
    abort: ['ending'],
  },
};

describe('transition', () => {
  const cases = Object.keys(slots).flatMap((slot) =>
    Object.keys(events).map((event) => [slot as Name, event as EventName] as const),
  );
  it.each(cases)('%s, %s', (slot, event) => {
    const wanted = table[slot][event];
    if (wanted === undefined) {
      expect(() => transition(slots[slot], events[event])).toThrow(/^The pool heard/);
      return;
    }
    const [next, ...actions] = wanted;
    const found = transition(slots[slot], events[event]);
    expect(found.slot).toEqual(slots[next]);
    expect(found.actions.map(({ type }) => type)).toEqual(actions);
  });

  it('never loses a block: each that was taken is finished, failed, or given back by an abort', () => {
    // All roads of up to six events from an empty place.
    const walk = (slot: Slot, told: readonly string[], depth: number): void => {
      if (depth === 0) return;
      for (const event of Object.values(events)) {
        let next;
        try {
          next = transition(slot, event);
        } catch {
          continue;
        }
        const all = [...told, ...next.actions.map(({ type }) => type), event.type];
        const begun = all.filter((word) => word === 'start').length;
        const ended = all.filter((word) => word === 'finish' || word === 'fail').length;
        const atWork = 'block' in next.slot ? 1 : 0;
        expect(all.includes('abort') || begun === ended + atWork, all.join(' ')).toBe(true);
        walk(next.slot, all, depth - 1);
      }
    };
    walk(slots.empty, [], 6);
  });
});
