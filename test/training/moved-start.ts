import { trainEnsemble } from '../../src/training/ensemble';
import type { EnsembleTask } from '../../src/training/ensemble-task';
import { train } from '../../src/training/train';
import type { TrainingState } from '../../src/training/training-task';
import { startState } from '../../src/training/weights';

/** The start of a training with every weight moved by one unit in the last place: away from 0 (1), or towards it (-1). */
function movedStart({ network, recipe, key }: EnsembleTask, by: 1 | -1): TrainingState {
  const start = startState(network, recipe, key);
  const parameters = start.parameters.map((values) => {
    const moved = values.slice();
    const bits = new Int32Array(moved.buffer);
    bits.forEach((value, i) => (bits[i] = value + by));
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
export async function trainAlone(tasks: readonly EnsembleTask[]): Promise<TrainingState[]> {
  const states: TrainingState[] = [];
  for (const task of tasks) states.push(await train(task));
  return states;
}

/**
 * How far an ensemble is from the same trainings alone, and how far these move when their start weights are moved by one
 * unit in the last place, the larger of both directions.
 */
export async function roundingDistances(
  tasks: readonly EnsembleTask[],
): Promise<{ together: number; moved: number }> {
  const alone = await trainAlone(tasks);
  const moved = async (by: 1 | -1): Promise<number> => {
    const states = await trainAlone(tasks.map((task) => ({ ...task, resumeFrom: movedStart(task, by) })));
    return outputDistance(states, alone);
  };
  return {
    together: outputDistance(await trainEnsemble(tasks), alone),
    moved: Math.max(await moved(1), await moved(-1)),
  };
}
