import { jsonDifferences } from '../platform/formats/json-differences';
import { isMlp } from '../models/mlp-ensemble';
import type { TrainingTask } from './training-task';

/**
 * One model of an ensemble: the task of `train`. Signal, progress and captures belong to the whole ensemble, so that they
 * are given beside the tasks; `onEvaluation` stays the model's.
 */
export type EnsembleTask = Omit<TrainingTask, 'signal' | 'onProgress' | 'onEpoch'>;

/**
 * Why these tasks cannot be trained by one `trainEnsemble`, as a sentence without full stop, or null if they can.
 *
 * Together go models with
 * - one MLP architecture (`model('mlp', ...)`), dropout included, and one backend;
 * - one recipe, without early stop (`patience`), since a model that stops would still be computed;
 * - methods that change the loss of a batch and nothing else (kind 'objective'): every loss of the registry, RelaxLoss and
 *   others; each model may have another one;
 * - the same number of steps an epoch, so that sizes of training sets may differ a little; pictures not augmented;
 * - if they go on from states, states of one epoch.
 *
 * Seeds, keys, training sets, members, non-members and inference sets are each model's own. A study asks this once for
 * the tasks of a block that its plan has made of several models, and trains them one after the other if there is a reason.
 */
export function canTrainTogether(tasks: readonly EnsembleTask[]): string | null {
  if (tasks.length === 0) return 'there is no task';
  for (const [i, task] of tasks.entries()) {
    const reason = unfit(task) ?? unlike(task, tasks[0]);
    if (reason !== null) return `model ${i + 1} of ${tasks.length}: ${reason}`;
  }
  return null;
}

/** Why a task cannot be part of any ensemble. */
function unfit({ network, method, recipe, augmentation }: EnsembleTask): string | null {
  if (!isMlp(network)) return `its network is a ${network.spec.name}, and only MLPs train as an ensemble`;
  if (method.kind === 'loop')
    return `${method.label} has a say in batches, gradients or epochs, and only methods that change the loss alone can share a step`;
  if (recipe.patience !== null)
    return 'its recipe has an early stop (patience), and the models of an ensemble end together';
  if (augmentation !== undefined && augmentation.name !== 'none')
    return `its records are augmented (${augmentation.name}), and an ensemble keeps them as they are`;
  return null;
}

/** Why a task cannot go with the first one. */
function unlike(task: EnsembleTask, first: EnsembleTask): string | null {
  if (task.backend !== first.backend) return 'it is for another backend than model 1';
  const settings = ({ network, recipe }: EnsembleTask): unknown => ({
    network: network.spec.options,
    recipe,
  });
  const [difference] = jsonDifferences(settings(task), settings(first));
  if (difference !== undefined) {
    const { path, a, b } = difference;
    return `${path} is ${JSON.stringify(a)}, and ${JSON.stringify(b)} for model 1`;
  }
  const steps = stepsOf(task);
  if (steps !== stepsOf(first))
    return `an epoch has ${steps} steps (${size(task)} records), and ${stepsOf(first)} for model 1 (${size(first)} records)`;
  const [epoch, firstEpoch] = [task, first].map(({ resumeFrom }) => resumeFrom?.epoch ?? 0);
  if (epoch !== firstEpoch) return `it goes on after epoch ${epoch}, and model 1 after epoch ${firstEpoch}`;
  return null;
}

function size({ training, members }: EnsembleTask): number {
  return (training ?? members).y.length;
}

/** Steps of an epoch. */
function stepsOf(task: EnsembleTask): number {
  return Math.ceil(size(task) / task.recipe.batchSize);
}
