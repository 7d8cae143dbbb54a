import { canTrainTogether, type EnsembleTask } from '../training/ensemble-task';
import { trainEnsemble, type EnsembleOptions } from '../training/ensemble';
import {
  defendedModel,
  defenseSetup,
  releasedModel,
  type Defended,
  type DefendedTask,
} from './train-defended';

/**
 * Why these models cannot train as one ensemble, as a sentence without full stop, or null if they can. Beside what
 * `canTrainTogether` asks, a defense must not need parts.
 */
export function canTrainDefendedTogether(tasks: readonly DefendedTask[]): string | null {
  const staged = tasks.find(({ defense }) => defense.parts !== undefined);
  if (staged !== undefined) return `${staged.defense.label} trains other models first`;
  return canTrainTogether(tasks.map(ensembleTask));
}

/**
 * Trains defended models as one ensemble; each is released through its own output defense.
 *
 * @throws what `trainEnsemble` throws
 */
export async function trainDefendedTogether(
  tasks: readonly DefendedTask[],
  options: EnsembleOptions,
): Promise<Defended[]> {
  const ensemble = tasks.map(ensembleTask);
  const states = await trainEnsemble(ensemble, options);
  return states.map((state, m) => releasedModel(tasks[m], ensemble[m].network, state));
}

function ensembleTask(task: DefendedTask): EnsembleTask {
  const { method, training } = task.defense.training(defenseSetup(task), []);
  return { ...task, ...defendedModel(task), method, training };
}
