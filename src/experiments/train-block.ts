import { cpus } from 'node:os';
import type { Backend } from '../platform/backend/backend';
import { augmentationFromData } from '../data/augmentation';
import { takeFeatures, takeLabels, type Dataset } from '../data/dataset';
import type { Part, PartOutputs } from '../defenses/defense';
import {
  askModel,
  defendedModel,
  partOutputs,
  trainDefended,
  trainPart,
  type Defended,
  type DefendedTask,
} from '../defenses/train-defended';
import { joined } from '../platform/math/joined';
import { canTrainDefendedTogether, trainDefendedTogether } from '../defenses/train-together';
import type { Network } from '../models/network';
import { releasedParameters } from '../training/train';
import { packStates, unpackStates } from '../training/ensemble-state';
import { withCheckpoints } from '../training/with-checkpoints';
import type { Records } from '../training/records';
import type { TrainingProgress, TrainingState } from '../training/training-task';
import type { Block, BlockSpec, FinishedModel, ModelAddress, NamedWeights, TrainedBlock } from './block';
import { blockData, type BlockData, type ModelRecords } from './block-data';
import { partsOf } from './plan';
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
 * Trains a block, from its last checkpoint if there is one, and keeps it in the store. The parts that it needs must be
 * there. Where somebody else trains it, this waits for his block.
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
    const trained = await (spec.part === null ? trainReleased : trainOnePart)(block, data, {
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
  const records = spec.models.map((address) => data.recordsOf(address));
  const tasks = spec.models.map((address, m) => defendedTask(block, data, records[m], address, options));
  const defended =
    tasks.length > 1 && canTrainDefendedTogether(tasks) === null
      ? await trainAtOnce(spec, tasks, options)
      : await trainInTurn(spec, tasks, options);
  return {
    models: spec.models.map((address, m) => finishedModel(address, records[m], data.dataset, defended[m])),
    weights: defended.map(({ network, state }) => namedWeights(network, state)),
  };
}

/** One checkpoint holds the states of all models. */
function trainAtOnce(
  spec: BlockSpec,
  tasks: readonly DefendedTask[],
  { store, signal, onProgress }: TrainBlockOptions,
): Promise<Defended[]> {
  const sizes = tasks.map(({ members, nonMembers }) => members.y.length + nonMembers.y.length);
  return withCheckpoints(checkpointPlace(spec, store), ({ resumeFrom, onEpoch }) => {
    const states = resumeFrom === undefined ? null : unpackStates(resumeFrom, sizes);
    return trainDefendedTogether(
      tasks.map((task, m) => ({ ...task, resumeFrom: states?.[m] })),
      {
        signal,
        onProgress,
        onEpoch: (epoch, capture) => onEpoch?.(epoch, () => packStates(capture())),
      },
    );
  });
}

/** Each model has a checkpoint of its own, which stays until the block is whole. */
async function trainInTurn(
  spec: BlockSpec,
  tasks: readonly DefendedTask[],
  options: TrainBlockOptions,
): Promise<Defended[]> {
  const defended: Defended[] = [];
  for (const [m, task] of tasks.entries()) {
    const parts = keptParts(spec, task, options);
    const place = checkpointPlace({ ...spec, models: [spec.models[m]] }, options.store);
    defended.push(await withCheckpoints(place, (hooks) => trainDefended({ ...task, parts, ...hooks })));
  }
  return defended;
}

/** The file is named after the specification: one that does not fit is damaged, and nobody needs it. */
function checkpointPlace(spec: BlockSpec, store: Store) {
  return { file: store.checkpointFile(spec), identity: { ...spec }, broken: 'restart' } as const;
}

/** A part as a model of its own: its records are the members of its model, those that it is trained on are its members. */
async function trainOnePart(
  block: Block,
  data: BlockData,
  options: TrainBlockOptions,
): Promise<TrainedBlock> {
  const { spec } = block;
  const [address] = spec.models;
  const records = data.recordsOf(address);
  const task = defendedTask(block, data, records, address, options);
  const part = partsOf(task)[spec.part!];
  const { trained, ...outputs } = await withCheckpoints(
    checkpointPlace(spec, options.store),
    ({ resumeFrom, onEpoch }) =>
      trainPart(part, {
        ...task,
        resumePart: () => resumeFrom,
        onPartEpoch: (_, epoch, capture) => onEpoch?.(epoch, capture),
      }),
  );
  const labels = task.members.y;
  const n = labels.length;
  const others = records.inference ?? new Int32Array(0);
  const isMember = new Uint8Array(n);
  part.records.forEach((record) => (isMember[record] = 1));
  const model: FinishedModel = {
    ...address,
    records: records.members,
    signals: { n, classes: trained.network.classes, logits: outputs.members, labels, members: isMember },
    epochs: new Int32Array(0),
    losses: new Float64Array(0),
    correct: new Uint8Array(0),
    elsewhere: { records: others, labels: takeLabels(data.dataset, others), logits: outputs.inference },
  };
  return { models: [model], weights: [namedWeights(trained.network, trained.state)] };
}

function defendedTask(
  { spec, defense }: Block,
  { dataset }: BlockData,
  { members, nonMembers, inference }: ModelRecords,
  { role, index }: ModelAddress,
  { backend, signal, onProgress }: TrainBlockOptions,
): DefendedTask {
  return {
    backend,
    model: spec.model,
    defense,
    recipe: spec.recipe,
    augmentation: augmentationFromData(spec.augmentation.name, spec.augmentation.options),
    image: dataset.image,
    members: take(dataset, members),
    nonMembers: take(dataset, nonMembers),
    inference: inference === null ? undefined : take(dataset, inference),
    key: { seed: spec.seed, role, index },
    signal,
    onProgress,
  };
}

/** Outputs of the parts that lie in the store; without parts, nothing. */
function keptParts(
  spec: BlockSpec,
  task: DefendedTask,
  { store, backend }: TrainBlockOptions,
): PartOutputs[] {
  return partsOf(task).map((part: Part, number) => {
    const weights = store.readWeights({ ...spec, part: number })?.[0];
    if (weights === undefined) throw new Error(`${part.name} of a block is not in the store`);
    const { network } = defendedModel({ ...task, defense: part.defense });
    const state = {
      ema: null,
      parameters: network.parameters.map(({ name }) => weights[name].data as Float32Array),
      buffers: network.buffers.map(({ name }) => weights[name].data as Float32Array),
    };
    return partOutputs((x) => askModel(backend.tf, network, state, x), task);
  });
}

function finishedModel(
  address: ModelAddress,
  { members, nonMembers, elsewhere }: ModelRecords,
  dataset: Dataset,
  { state, signals, ask }: Defended,
): FinishedModel {
  const { n } = signals;
  const losses = new Float64Array(state.history.length * n);
  const correct = new Uint8Array(state.history.length * n);
  state.history.forEach((evaluation, i) => {
    losses.set(evaluation.losses, i * n);
    correct.set(evaluation.correct, i * n);
  });
  return {
    ...address,
    records: joined(Int32Array, [members, nonMembers]),
    signals,
    epochs: Int32Array.from(state.history, ({ epoch }) => epoch),
    losses,
    correct,
    elsewhere: {
      records: elsewhere,
      labels: takeLabels(dataset, elsewhere),
      logits: ask(takeFeatures(dataset, elsewhere)),
    },
  };
}

function namedWeights(network: Network, state: TrainingState): NamedWeights {
  return Object.fromEntries([
    ...releasedParameters(state).map((data, i) => {
      const { name, shape } = network.parameters[i];
      return [name, { data, shape: [...shape] }] as const;
    }),
    ...state.buffers.map((data, i) => {
      const { name, shape } = network.buffers[i];
      return [name, { data, shape: [...shape] }] as const;
    }),
  ]);
}

function take(dataset: Dataset, indices: Int32Array): Records {
  return { x: takeFeatures(dataset, indices), y: takeLabels(dataset, indices) };
}

function machine(): Record<string, string> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    architecture: process.arch,
    platform: process.platform,
    node: process.version,
  };
}
