import { joined } from '../platform/math/joined';
import type { TrainingState } from './training-task';

/**
 * The states of an ensemble's models as one state, so that one checkpoint holds them all: lists one after the other,
 * losses and outputs joined.
 *
 * @param states of models of one architecture and recipe, after the same epoch, at least one
 */
export function packStates(states: readonly TrainingState[]): TrainingState {
  const [first] = states;
  return {
    ...first,
    parameters: states.flatMap(({ parameters }) => parameters),
    buffers: states.flatMap(({ buffers }) => buffers),
    slots: Object.fromEntries(
      Object.keys(first.slots).map((name) => [name, states.flatMap(({ slots }) => slots[name])]),
    ),
    ema: first.ema === null ? null : states.flatMap(({ ema }) => ema ?? []),
    history: first.history.map(({ epoch }, i) => ({
      epoch,
      losses: joined(
        Float64Array,
        states.map(({ history }) => history[i].losses),
      ),
      correct: joined(
        Uint8Array,
        states.map(({ history }) => history[i].correct),
      ),
    })),
    outputs: joined(
      Float32Array,
      states.map(({ outputs }) => outputs),
    ),
  };
}

/**
 * The inverse of `packStates`.
 *
 * @param sizes number of evaluated records of each model, in order
 */
export function unpackStates(packed: TrainingState, sizes: readonly number[]): TrainingState[] {
  const models = sizes.length;
  const share = <T>(list: readonly T[], m: number): T[] =>
    list.slice((m * list.length) / models, ((m + 1) * list.length) / models);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const classes = packed.outputs.length / all;
  let from = 0;
  return sizes.map((size, m) => {
    const start = from;
    from += size;
    return {
      ...packed,
      parameters: share(packed.parameters, m),
      buffers: share(packed.buffers, m),
      slots: Object.fromEntries(Object.entries(packed.slots).map(([name, list]) => [name, share(list, m)])),
      ema: packed.ema === null ? null : share(packed.ema, m),
      history: packed.history.map(({ epoch, losses, correct }) => ({
        epoch,
        losses: losses.slice(start, from),
        correct: correct.slice(start, from),
      })),
      outputs: packed.outputs.slice(start * classes, from * classes),
    };
  });
}
