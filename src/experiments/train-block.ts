import { cpus } from 'node:os';
import type { Backend } from '../platform/backend/backend';
import { augmentationFromData } from '../data/augmentation';
import { takeLabels, type Dataset } from '../data/dataset';
import { modelFromData } from '../models/registry';
import { inNetworkOrder, namedWeights } from '../models/weights-file';
import { joined } from '../platform/math/joined';
import type { TeacherOutputs } from '../training/defense';
import type { CheckpointPlace, Trained, TrainingProgress, TrainingTask } from '../training/task';
import {
  askModel,
  defendedNetwork,
  teacherOutputs,
  teachersOf,
  train,
  trainTeacher,
} from '../training/train';
import type { Block, BlockSpec, FinishedModel, ModelAddress, TrainedBlock } from './block';
import { blockData, type BlockData, type ModelRecords } from './block-data';
import type { Store } from './store/store';

export interface TrainBlockOptions {
  readonly backend: Backend;
  /** The plain data set that the block names. */
  readonly dataset: Dataset;
  readonly store: Store;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/**
 * Trains a block, from its last checkpoint if there is one, and keeps it in the store. The teachers that it needs
 * must be there. Where somebody else trains it, this waits for his block.
 *
 * @returns false if somebody else trained it
 * @throws what `train` throws, and UserError if the store cannot be written
 */
export async function trainBlock(block: Block, options: TrainBlockOptions): Promise<boolean> {
  const { spec } = block;
  const { store, signal } = options;
  const lease = await store.acquire(spec, { signal });
  if (lease === null) return false;
  const onProgress = (progress: TrainingProgress): void => {
    lease.renew();
    options.onProgress?.(progress);
  };
  try {
    const data = blockData(spec, options.dataset);
    const trained = await (spec.part === null ? trainReleased : trainOneTeacher)(block, data, {
      ...options,
      onProgress,
    });
    await store.write(spec, trained, machine());
    return true;
  } finally {
    lease.release();
  }
}

async function trainReleased(
  block: Block,
  data: BlockData,
  options: TrainBlockOptions,
): Promise<TrainedBlock> {
  const { spec } = block;
  const { store, signal, onProgress } = options;
  const records = spec.models.map((address) => data.recordsOf(address));
  const models = spec.models.map((address, m): TrainingTask => {
    const task = modelTask(block, data, records[m], address, options);
    // In turn, each model has a checkpoint of its own, which stays until the block is whole.
    const checkpoint = checkpointPlace({ ...spec, models: [address] }, store);
    return { ...task, checkpoint, teachers: keptTeachers(spec, task, options) };
  });
  const trained = await train({ models, checkpoint: checkpointPlace(spec, store), signal, onProgress });
  return {
    models: spec.models.map((address, m) => finishedModel(address, records[m], data, trained[m])),
    weights: trained.map(({ network, state }) => namedWeights(network, state)),
  };
}

/** The file is named after the specification: one that does not fit is damaged, and nobody needs it. */
function checkpointPlace(spec: BlockSpec, store: Store): CheckpointPlace {
  return { file: store.checkpointFile(spec), identity: { ...spec }, broken: 'restart' };
}

/**
 * A teacher as a model of its own: its records are the members of its model, those that it is trained on are its members.
 */
async function trainOneTeacher(
  block: Block,
  data: BlockData,
  options: TrainBlockOptions,
): Promise<TrainedBlock> {
  const { spec } = block;
  const [address] = spec.models;
  const records = data.recordsOf(address);
  const task = modelTask(block, data, records, address, options);
  const teacher = teachersOf(task)[spec.part!];
  const checkpoint = checkpointPlace(spec, options.store);
  const { trained, members, inference } = await trainTeacher(teacher, { ...task, checkpoint });
  const labels = task.members.y;
  const n = labels.length;
  const others = records.inference ?? new Int32Array(0);
  const isMember = new Uint8Array(n);
  teacher.records.forEach((record) => (isMember[record] = 1));
  const model: FinishedModel = {
    ...address,
    records: records.members,
    signals: { n, classes: trained.network.classes, logits: members, labels, members: isMember },
    epochs: new Int32Array(0),
    losses: new Float64Array(0),
    correct: new Uint8Array(0),
    elsewhere: { records: others, labels: takeLabels(data.dataset, others), logits: inference },
  };
  return { models: [model], weights: [namedWeights(trained.network, trained.state)] };
}

function modelTask(
  { spec, defense }: Block,
  { dataset, take }: BlockData,
  records: ModelRecords,
  { role, index }: ModelAddress,
  { backend, signal, onProgress }: TrainBlockOptions,
): TrainingTask {
  return {
    backend,
    network: modelFromData(spec.model),
    defense,
    recipe: spec.recipe,
    augmentation: augmentationFromData(spec.augmentation.name, spec.augmentation.options),
    image: dataset.image,
    members: take(records.members, records),
    nonMembers: take(records.nonMembers, records),
    inference: records.inference === null ? undefined : take(records.inference, records),
    key: { seed: spec.seed, role, index },
    signal,
    onProgress,
  };
}

/** Outputs of the teachers, which lie in the store; without teachers, nothing. */
function keptTeachers(
  spec: BlockSpec,
  task: TrainingTask,
  { store, backend }: TrainBlockOptions,
): TeacherOutputs[] {
  return teachersOf(task).map(({ name, defense }, part) => {
    const weights = store.readWeights({ ...spec, part })?.[0];
    if (weights === undefined) throw new Error(`${name} of a block is not in the store`);
    const network = defendedNetwork({ network: task.network, defense });
    const state = { ema: null, ...inNetworkOrder(network, weights) };
    return teacherOutputs((x) => askModel(backend.tf, network, state, x), task);
  });
}

function finishedModel(
  address: ModelAddress,
  own: ModelRecords,
  { take }: BlockData,
  { state, signals, ask }: Trained,
): FinishedModel {
  const others = take(own.elsewhere, own);
  const { n } = signals;
  const losses = new Float64Array(state.history.length * n);
  const correct = new Uint8Array(state.history.length * n);
  state.history.forEach((evaluation, i) => {
    losses.set(evaluation.losses, i * n);
    correct.set(evaluation.correct, i * n);
  });
  return {
    ...address,
    records: joined(Int32Array, [own.members, own.nonMembers]),
    signals,
    epochs: Int32Array.from(state.history, ({ epoch }) => epoch),
    losses,
    correct,
    elsewhere: { records: own.elsewhere, labels: others.y, logits: ask(others.x) },
  };
}

function machine(): Record<string, string> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    architecture: process.arch,
    platform: process.platform,
    node: process.version,
  };
}
