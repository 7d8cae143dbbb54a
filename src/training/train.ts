import type { Network, NetworkTensors } from '../models/network';
import { modelFromData } from '../models/registry';
import { joined } from '../platform/math/joined';
import type { SignalSet } from '../signals/signal-set';
import { requireInference } from './check-task';
import type { DefenseSetup, Teacher, TeacherOutputs } from './defense';
import { trainAtOnce } from './ensemble';
import { packStates, unpackStates, whyNotAtOnce } from './ensemble-models';
import { logitsOf, signalsOf } from './evaluate';
import { trainingIdentity, withCheckpoints } from './keep-checkpoints';
import { trainNetwork } from './loop';
import { modelsOfMasks, signalsOfMasks } from './masked-models';
import { takeRecords, teacherKey } from './records';
import type {
  LoopTask,
  MasksTask,
  ModelsTask,
  Trained,
  TrainedTeacher,
  TrainingStage,
  TrainingState,
  TrainingTask,
} from './task';

/**
 * Trains a model with its defense: first the teachers that it needs, one after the other, then the released model; what it
 * answers goes through its output defense. With `models` several of them, at once where they can; with `masks` many models
 * of one defense on parts of the same records, whose outputs come lined up as a signal set.
 *
 * The same task gives the same bits on the same machine, backend and thread count, whether it runs straight or goes
 * on from a state or checkpoint: every random number comes from the stream of its epoch. No tensor is left behind.
 *
 * @throws TrainingDiverged if a loss is not finite (names epoch, step, batch, learning rate and checkpoint)
 * @throws Interrupted if the signal aborts; the epoch under way is lost, everything before it is kept
 * @throws UserError for records that do not fit the network, a batch larger than the data, data that the defense needs and
 *   that is missing, what the defense refuses, masks without members or non-members, a state that does not fit, or a
 *   checkpoint of another training, broken, or that cannot be written
 *
 * @example
 * ```ts
 * import { defense, model, openBackend, recipe, train } from 'ccl-lab';
 *
 * // Synthetic: 20 records a part with 4 features, in 2 classes.
 * const records = (shift: number) => ({
 *   x: Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i + shift)),
 *   y: Int32Array.from({ length: 20 }, (_, i) => i % 2),
 * });
 * const { state, signals } = await train({
 *   backend: await openBackend(),
 *   network: model('mlp', { features: 4, classes: 2, hidden: [8] }),
 *   defense: defense('ccel', { alpha: 0.5 }),
 *   recipe: recipe('study', { epochs: 2, batchSize: 10 }),
 *   members: records(0),
 *   nonMembers: records(1),
 *   key: { seed: 1, role: 'target', index: 0 },
 * });
 * console.log(state.epoch, signals.logits.length); // prints 2 80
 * ```
 */
export function train(task: TrainingTask): Promise<Trained>;
export function train(task: ModelsTask): Promise<Trained[]>;
export function train(task: MasksTask): Promise<SignalSet>;
export async function train(
  task: TrainingTask | ModelsTask | MasksTask,
): Promise<Trained | Trained[] | SignalSet> {
  if ('masks' in task) {
    const { checkpoint, signal, onProgress, onEpoch } = task;
    const models = modelsOfMasks(task);
    return signalsOfMasks(task, await trainModels({ models, checkpoint, signal, onProgress, onEpoch }));
  }
  return 'models' in task ? trainModels(task) : trainOne(task);
}

/** From its checkpoint, if it keeps one. */
async function trainOne({ checkpoint, ...task }: TrainingTask): Promise<Trained> {
  if (checkpoint === undefined) return trainStraight(task);
  const { identity = trainingIdentity(task) } = checkpoint;
  return withCheckpoints({ ...checkpoint, identity }, ({ resumeFrom = task.resumeFrom, onEpoch }) =>
    trainStraight({
      ...task,
      resumeFrom,
      onEpoch: (epoch, capture) => both(task.onEpoch?.(epoch, capture), onEpoch(epoch, capture)),
    }),
  );
}

async function trainStraight(task: TrainingTask): Promise<Trained> {
  const planned = teachersOf(task);
  const loop = loopTask(task, await allTeachers(planned, task));
  const onProgress = progressOf(task, { name: 'released model', number: planned.length + 1 }, planned);
  return releasedModel(loop, await trainNetwork({ ...loop, onProgress }));
}

async function trainModels({ models, checkpoint, ...watch }: ModelsTask): Promise<Trained[]> {
  const staged = models.some(({ defense }) => defense.teachers !== undefined);
  const tasks = staged ? [] : models.map((task) => loopTask(task, []));
  if (models.length === 1 || whyNotAtOnce(tasks) !== null) return trainInTurn(models, watch);
  if (checkpoint === undefined) return released(tasks, await trainAtOnce(tasks, watch));
  const sizes = tasks.map(({ members, nonMembers }) => members.y.length + nonMembers.y.length);
  const { identity = { models: models.map(trainingIdentity) } } = checkpoint;
  const states = await withCheckpoints({ ...checkpoint, identity }, ({ resumeFrom, onEpoch }) => {
    const kept = resumeFrom === undefined ? null : unpackStates(resumeFrom, sizes);
    return trainAtOnce(
      tasks.map((task, m) => ({ ...task, resumeFrom: kept?.[m] ?? task.resumeFrom })),
      {
        ...watch,
        onEpoch: (epoch, capture) =>
          both(
            watch.onEpoch?.(epoch, capture),
            onEpoch(epoch, () => packStates(capture())),
          ),
      },
    );
  });
  return released(tasks, states);
}

function released(tasks: readonly LoopTask[], states: readonly TrainingState[]): Trained[] {
  return states.map((state, m) => releasedModel(tasks[m], state));
}

async function trainInTurn(
  models: readonly TrainingTask[],
  { signal, onProgress }: Pick<ModelsTask, 'signal' | 'onProgress'>,
): Promise<Trained[]> {
  const trained: Trained[] = [];
  for (const task of models) {
    trained.push(
      await trainOne({ ...task, signal: task.signal ?? signal, onProgress: task.onProgress ?? onProgress }),
    );
  }
  return trained;
}

async function waitForBoth(a: void | Promise<void>, b: void | Promise<void>): Promise<void> {
  await Promise.all([a, b]);
}

const both = (a: void | Promise<void>, b: void | Promise<void>): void | Promise<void> =>
  a === undefined && b === undefined ? undefined : waitForBoth(a, b);

/** Network, recipe and training as the defense wants them. @param teachers outputs of its teachers, in their order */
function loopTask(task: TrainingTask, teachers: readonly TeacherOutputs[]): LoopTask {
  const { defense, recipe } = task;
  return {
    ...task,
    network: defendedNetwork(task),
    recipe: defense.recipe?.(recipe) ?? recipe,
    released: defense.training(defenseSetup(task), teachers),
  };
}

/** The network as the defense changes it. */
export function defendedNetwork({ network, defense }: Pick<TrainingTask, 'network' | 'defense'>): Network {
  return defense.model === undefined ? network : modelFromData(defense.model(network.spec));
}

type SetupOf = Pick<TrainingTask, 'defense' | 'network' | 'members' | 'inference' | 'key'>;

/** What the defense may look at. @throws UserError if data that it needs is missing */
export function defenseSetup({ defense, network, members, inference, key }: SetupOf): DefenseSetup {
  requireInference(defense, inference);
  const { inputShape, classes } = network;
  return { members, inference, classes, inputShape, key };
}

/** The models that the defense wants to be trained first. */
export function teachersOf(task: SetupOf): readonly Teacher[] {
  return task.defense.teachers?.(defenseSetup(task)) ?? [];
}

/** The teachers in their order: those that are there, the others trained one after the other. */
async function allTeachers(planned: readonly Teacher[], task: TrainingTask): Promise<TeacherOutputs[]> {
  const teachers: TeacherOutputs[] = [];
  const ofModel = { resumeFrom: undefined, onEpoch: undefined };
  for (const [i, teacher] of planned.entries()) {
    const given = task.teachers?.[i];
    if (given !== undefined) {
      teachers.push(given);
      continue;
    }
    const onProgress = progressOf(task, { name: teacher.name, number: i + 1 }, planned);
    const finished = await trainTeacher(teacher, { ...task, ...ofModel, onProgress }).catch((error) => {
      throw sayingWhichTeacher(error, teacher);
    });
    await task.onTeacher?.(teacher, finished);
    const { members, inference, logits } = finished;
    teachers.push({ members, inference, logits });
  }
  return teachers;
}

function sayingWhichTeacher(error: unknown, { name, records }: Teacher): unknown {
  if (error instanceof Error) error.message = `${name} (${records.length} records): ${error.message}`;
  return error;
}

/** Progress that says which of several models is trained; as it is, if there is but one. */
function progressOf(
  { onProgress }: TrainingTask,
  stage: Omit<TrainingStage, 'of'>,
  planned: readonly Teacher[],
): TrainingTask['onProgress'] {
  if (onProgress === undefined || planned.length === 0) return onProgress;
  const of = planned.length + 1;
  return (progress) => onProgress({ ...progress, stage: { ...stage, of } });
}

/**
 * Trains one teacher of a model, and asks it about the members and the inference records.
 *
 * @param task that of the model; checkpoint, state and `onEpoch` are the teacher's
 */
export async function trainTeacher(teacher: Teacher, task: TrainingTask): Promise<TrainedTeacher> {
  const { members, inference, key, recipe } = task;
  const trained = await trainOne({
    ...task,
    defense: teacher.defense,
    members: takeRecords(members, teacher.records),
    // A teacher is not attacked; the inference set stands in, so that its history shows how it generalizes.
    nonMembers: inference ?? task.nonMembers,
    key: teacherKey(key, teacher),
    recipe: teacher.recipe?.(recipe) ?? recipe,
    teachers: undefined,
    onEvaluation: undefined,
  });
  return { ...teacherOutputs(trained.ask, task), trained };
}

/** What a finished teacher says of the members and the inference records. */
export function teacherOutputs(
  logits: TeacherOutputs['logits'],
  { members, inference }: Pick<TrainingTask, 'members' | 'inference'>,
): TeacherOutputs {
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
function releasedModel(task: LoopTask, state: TrainingState): Trained {
  const { defense, network, members, nonMembers, backend } = task;
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
