import { randomStream } from '../../src/platform/math/random';
import type { TrainingState, TrainingTask } from '../../src/training/task';
import { startState } from '../../src/training/weights';
import { stateOf, statesOf } from './small-task';

/** Where the next weight is moved: away from 0 (1), or towards it (-1). */
type Move = () => 1 | -1;

const randomSigns = (step: number): Move => {
  const stream = randomStream({ seed: 1, role: 'data', purpose: 'noise', step });
  return () => (stream.uniform() < 0.5 ? 1 : -1);
};

/** The start of a training with every weight moved by one unit in the last place. */
function movedStart({ network, recipe, key }: TrainingTask, by: Move): TrainingState {
  const start = startState(network, recipe, key);
  const parameters = start.parameters.map((values) => {
    const moved = values.slice();
    const bits = new Int32Array(moved.buffer);
    bits.forEach((value, i) => (bits[i] = value + by()));
    return moved;
  });
  return { ...start, parameters };
}

/** Root mean square of the differences of all outputs of some models, model by model. */
export function outputDistance(a: readonly TrainingState[], b: readonly TrainingState[]): number {
  const squares = a.map(({ outputs }, m) =>
    outputs.reduce((sum, value, i) => sum + (value - b[m].outputs[i]) ** 2 / outputs.length, 0),
  );
  return Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / a.length);
}

/** Trains each by itself. */
export async function trainAlone(tasks: readonly TrainingTask[]): Promise<TrainingState[]> {
  const states: TrainingState[] = [];
  for (const task of tasks) states.push(await stateOf(task));
  return states;
}

/**
 * How far an ensemble is from the same trainings alone, and how far it may be.
 *
 * Both round every weight to float32 in each of their S updates, after sums of another order, so that an update differs
 * by about a unit in the last place, up or down by chance. What one such move becomes by the end is measured: `moved`,
 * the root mean square over starts with all weights moved away from 0, all towards it, and up or down at random (the
 * start's is the move that has longest to grow). S moves of independent signs add up to sqrt(S) times that: `bound`.
 */
export async function roundingDistances(
  tasks: readonly TrainingTask[],
): Promise<{ alone: TrainingState[]; together: number; moved: number; bound: number }> {
  const alone = await trainAlone(tasks);
  let squares = 0;
  const moves: Move[] = [() => 1, () => -1, randomSigns(1), randomSigns(2)];
  for (const by of moves) {
    const states = await trainAlone(tasks.map((task) => ({ ...task, resumeFrom: movedStart(task, by) })));
    squares += outputDistance(states, alone) ** 2 / moves.length;
  }
  const moved = Math.sqrt(squares);
  return {
    alone,
    together: outputDistance(await statesOf({ models: tasks }), alone),
    moved,
    bound: Math.sqrt(alone[0].updates) * moved,
  };
}
