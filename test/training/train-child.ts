import { recipe } from '../../src/training/recipe';
import { resumedTasks } from './resumed-tasks';
import { smallTask, stateOf } from './small-task';
import { stateBits } from './state-bits';

/**
 * A training in a process of its own: prints `epoch N` when an epoch begins, and `bits ...` at the end.
 *
 * Arguments: the name of one of the resumed tasks, or «long»; a checkpoint file, if one is to be kept.
 */
async function main([name, file]: readonly string[]): Promise<void> {
  const task =
    name === 'long'
      ? await smallTask({ recipe: recipe('study', { epochs: 60, batchSize: 10 }) })
      : await resumedTasks[name]();
  let shown = 0;
  const onProgress = ({ epoch }: { epoch: number }): void => {
    if (epoch !== shown) process.stdout.write(`epoch ${epoch}\n`);
    shown = epoch;
  };
  const run = { ...task, onProgress };
  const checkpoint = file === undefined ? undefined : { file, identity: { name } };
  const state = await stateOf({ ...run, checkpoint });
  process.stdout.write(`bits ${stateBits(state)}\n`);
}
void main(process.argv.slice(2));
