import { joined } from '../platform/math/joined';
import { modelFromData } from '../models/registry';
import type { ModelSpec, Network, NetworkTensors } from '../models/network';
import type { ModelSignals } from '../signals/model-signals';
import { requireInference } from '../training/check-task';
import { logitsOf, signalsOf } from '../training/evaluate';
import { takeRecords } from '../training/records';
import { train } from '../training/train';
import type { TrainingStage, TrainingState, TrainingTask } from '../training/training-task';
import type { Defense, DefenseSetup, Part, PartOutputs } from './defense';
import { partKey } from './part-key';

/** A training with a defense, before the defense has had its say. */
export interface DefendedTask extends Omit<TrainingTask, 'network' | 'method' | 'training'> {
  readonly model: ModelSpec;
  readonly defense: Defense;
  /** Finished parts, each at its place in the plan; what is left out or undefined is trained here. */
  readonly parts?: readonly (PartOutputs | undefined)[];
  /** Told before each part is trained here. */
  readonly onPart?: (part: Part, number: number, of: number) => void;
  /** The state from which a part goes on; default its start. */
  readonly resumePart?: (part: Part) => TrainingState | undefined;
  /** `onEpoch` of a part that is trained here. */
  readonly onPartEpoch?: (part: Part, epoch: number, capture: () => TrainingState) => void | Promise<void>;
  /** Told when a part that is trained here is finished: what `parts` takes another time can be kept. */
  readonly onPartDone?: (part: Part, finished: TrainedPart) => void | Promise<void>;
}

/** A part with its whole model. */
export interface TrainedPart extends PartOutputs {
  readonly trained: Defended;
}

/** A released model. */
export interface Defended {
  readonly network: Network;
  readonly state: TrainingState;
  /** What an adversary sees: members first, then non-members; through the output defense if there is one. */
  readonly signals: ModelSignals;
  /** The same for any inputs, row-major [rows, ...inputShape] in, [rows, classes] out. */
  ask(x: Float32Array): Float32Array;
}

/**
 * Trains a model with a defense: first the parts that it needs, one after the other, then the released model; then its
 * outputs are what the defense lets out. The same task gives the same bits.
 *
 * @throws UserError for data that the defense needs and that is missing, or what it refuses; and what `train` throws
 */
export async function trainDefended(task: DefendedTask): Promise<Defended> {
  const setup = defenseSetup(task);
  const { defense } = task;
  const planned = defense.parts?.(setup) ?? [];
  const parts = await allParts(planned, task);
  const { network, recipe } = defendedModel(task);
  const { method, training } = defense.training(setup, parts);
  const onProgress = progressOf(task, { name: 'released model', number: planned.length + 1 }, planned);
  const state = await train({ ...task, network, recipe, method, training, onProgress });
  return releasedModel(task, network, state);
}

/** The parts in their order: those that are there, the others trained one after the other. */
async function allParts(planned: readonly Part[], task: DefendedTask): Promise<PartOutputs[]> {
  const parts: PartOutputs[] = [];
  for (const [i, part] of planned.entries()) {
    const given = task.parts?.[i];
    if (given !== undefined) {
      parts.push(given);
      continue;
    }
    task.onPart?.(part, i + 1, planned.length);
    const onProgress = progressOf(task, { name: part.name, number: i + 1 }, planned);
    const { trained, ...outputs } = await trainPart(part, { ...task, onProgress }).catch((error) => {
      throw sayingWhichPart(error, part);
    });
    await task.onPartDone?.(part, { trained, ...outputs });
    parts.push(outputs);
  }
  return parts;
}

function sayingWhichPart(error: unknown, { name, records }: Part): unknown {
  if (error instanceof Error) error.message = `${name} (${records.length} records): ${error.message}`;
  return error;
}

/** Progress that says which of several models is trained; as it is, if there is but one. */
function progressOf(
  { onProgress }: DefendedTask,
  stage: Omit<TrainingStage, 'of'>,
  planned: readonly Part[],
): TrainingTask['onProgress'] {
  if (onProgress === undefined || planned.length === 0) return onProgress;
  const of = planned.length + 1;
  return (progress) => onProgress({ ...progress, stage: { ...stage, of } });
}

/** The network and the recipe as the defense wants them. */
export function defendedModel({
  model,
  defense,
  recipe,
}: Pick<DefendedTask, 'model' | 'defense' | 'recipe'>): { network: Network; recipe: TrainingTask['recipe'] } {
  return {
    network: modelFromData(defense.model?.(model) ?? model),
    recipe: defense.recipe?.(recipe) ?? recipe,
  };
}

/** What the defense may look at. @throws UserError if data that it needs is missing */
export function defenseSetup({ defense, model, members, inference, key }: DefendedTask): DefenseSetup {
  requireInference(defense, inference);
  const { inputShape, classes } = modelFromData(model);
  return { members, inference, classes, inputShape, key };
}

/** Trains one part of a model, and asks it about the members and the inference records. */
export async function trainPart(part: Part, task: DefendedTask): Promise<TrainedPart> {
  const { members, inference, key, model, onPartEpoch } = task;
  const own = takeRecords(members, part.records);
  const trained = await trainDefended({
    ...task,
    defense: part.defense,
    members: own,
    // A part is not attacked; the inference set stands in, so that its history shows how it generalizes.
    nonMembers: inference ?? task.nonMembers,
    key: partKey(key, part),
    recipe: part.recipe?.(task.recipe) ?? task.recipe,
    parts: undefined,
    resumeFrom: task.resumePart?.(part),
    onEvaluation: undefined,
    onEpoch: onPartEpoch && ((epoch, capture) => onPartEpoch(part, epoch, capture)),
    model,
  });
  return { ...partOutputs(trained.ask, task), trained };
}

/** What a finished part says of the members and the inference records. */
export function partOutputs(
  logits: PartOutputs['logits'],
  { members, inference }: Pick<DefendedTask, 'members' | 'inference'>,
): PartOutputs {
  return {
    members: logits(members.x),
    inference: inference === undefined ? new Float32Array(0) : logits(inference.x),
    logits,
  };
}

/** Logits of a finished model for any inputs. */
export function askModel(
  tf: TrainingTask['backend']['tf'],
  network: Network,
  state: Pick<TrainingState, 'parameters' | 'buffers' | 'ema'>,
  x: Float32Array,
): Float32Array {
  const tensors = {
    parameters: (state.ema ?? state.parameters).map((values, i) =>
      tf.tensor(values, [...network.parameters[i].shape]),
    ),
    buffers: state.buffers.map((values, i) => tf.tensor(values, [...network.buffers[i].shape])),
  } satisfies NetworkTensors;
  try {
    return logitsOf(tf, network, tensors, x);
  } finally {
    tf.dispose([tensors.parameters, tensors.buffers]);
  }
}

/** A trained model as it is released: what it answers goes through its output defense. */
export function releasedModel(task: DefendedTask, network: Network, state: TrainingState): Defended {
  const { defense, members, nonMembers, backend } = task;
  const { tf } = backend;
  // Without the optimizer's averages, which a model that is kept would hold in memory.
  const { parameters, buffers, ema } = state;
  const logits = (x: Float32Array): Float32Array => askModel(tf, network, { parameters, buffers, ema }, x);
  const plain = signalsOf(state.outputs, members, nonMembers, network.classes);
  if (defense.outputs === undefined) return { network, state, signals: plain, ask: logits };
  const filter = defense.outputs({ ...defenseSetup(task), tf, network, logits });
  const x = joined(Float32Array, [members.x, nonMembers.x]);
  return {
    network,
    state,
    signals: { ...plain, logits: filter(state.outputs, x) },
    ask: (queries) => filter(logits(queries), queries),
  };
}
