import { isMlp } from '../models/mlp-ensemble';
import { jsonDifferences } from '../platform/formats/json-text';
import { joined } from '../platform/math/joined';
import type { TrainingState, LoopTask } from './task';

/**
 * Why these models cannot be trained at once, as a sentence without full stop, or null if they can.
 *
 * At once go models with
 * - one MLP architecture (`model('mlp', ...)`), dropout included, and one backend;
 * - one recipe, without early stop (`patience`), since a model that stops would still be computed;
 * - defenses that change the loss of a batch and nothing else, without teachers: every loss of the registry, RelaxLoss and
 *   others; each model may have another one;
 * - the same number of steps an epoch, so that sizes of training sets may differ a little; pictures not augmented;
 * - if they go on from states, states of one epoch.
 *
 * Seeds, keys, training sets, members, non-members and inference sets are each model's own.
 */
export function whyNotAtOnce(tasks: readonly LoopTask[]): string | null {
  if (tasks.length === 0) return 'there is no task';
  for (const [i, task] of tasks.entries()) {
    const reason = unfit(task) ?? unlike(task, tasks[0]);
    if (reason !== null) return `model ${i + 1} of ${tasks.length}: ${reason}`;
  }
  return null;
}

/** Why a task cannot be part of any ensemble. */
function unfit({ network, defense, released, recipe, augmentation }: LoopTask): string | null {
  if (!isMlp(network)) return `its network is a ${network.spec.name}, and only MLPs train as an ensemble`;
  if ('loop' in released)
    return `${defense.label} has a say in batches, gradients or epochs, and only defenses that change the loss alone can share a step`;
  if (recipe.patience !== null)
    return 'its recipe has an early stop (patience), and the models of an ensemble end together';
  if (augmentation !== undefined && augmentation.name !== 'none')
    return `its records are augmented (${augmentation.name}), and an ensemble keeps them as they are`;
  return null;
}

/** Why a task cannot go with the first one. */
function unlike(task: LoopTask, first: LoopTask): string | null {
  if (task.backend !== first.backend) return 'it is for another backend than model 1';
  const settings = ({ network, recipe }: LoopTask): unknown => ({
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

function size({ released, members }: LoopTask): number {
  return (released.training ?? members).y.length;
}

/** Steps of an epoch. */
function stepsOf(task: LoopTask): number {
  return Math.ceil(size(task) / task.recipe.batchSize);
}

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
