import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Backend } from '../backend/backend';
import { takeFeatures, takeLabels, type Dataset } from '../data/dataset';
import { splitQuarters } from '../data/split';
import { lossFromData } from '../losses/registry';
import { modelFromData } from '../models/registry';
import { TrainingDiverged } from '../training/diverged';
import { signalsOf } from '../training/evaluate';
import { lossMethod } from '../training/method';
import { train } from '../training/train';
import type { Records } from '../training/records';
import type { TrainingProgress } from '../training/training-task';
import type { BlockSpec } from './block';
import type { Store } from './store';

/** A checkpoint after each such number of epochs: 10 ms of writing for about a second of training. */
const checkpointEvery = 10;

export interface TrainBlockOptions {
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly store: Store;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/**
 * Trains a block, from its last checkpoint if there is one, and keeps it in the store.
 *
 * @throws what `train` throws, and UserError if the store cannot be written
 */
export async function trainBlock(spec: BlockSpec, options: TrainBlockOptions): Promise<void> {
  try {
    await trainAndKeep(spec, options);
  } catch (error) {
    if (error instanceof TrainingDiverged) error.message += ` ${checkpointSentence(spec, options.store)}`;
    throw error;
  }
}

function checkpointSentence(spec: BlockSpec, store: Store): string {
  const file = store.checkpointFile(spec);
  if (existsSync(file)) return `The last good checkpoint is kept: ${file}.`;
  return `There is no checkpoint yet: the first would have been written after epoch ${checkpointEvery}.`;
}

async function trainAndKeep(
  spec: BlockSpec,
  { backend, dataset, store, signal, onProgress }: TrainBlockOptions,
): Promise<void> {
  const split = splitQuarters(dataset.records, spec.seed, spec.index);
  const own = spec.role === 'target';
  const members = take(dataset, own ? split.targetMembers : split.shadowMembers);
  const nonMembers = take(dataset, own ? split.targetNonMembers : split.shadowNonMembers);
  const network = modelFromData(spec.model);
  const state = await train({
    backend,
    network,
    method: lossMethod(lossFromData(spec.loss.name, spec.loss.options)),
    recipe: spec.recipe,
    members,
    nonMembers,
    key: { seed: spec.seed, role: spec.role, index: spec.index },
    resumeFrom: store.readCheckpoint(spec) ?? undefined,
    signal,
    onProgress,
    onEpoch: (epoch, capture) => {
      if (epoch % checkpointEvery === 0) store.writeCheckpoint(spec, capture());
    },
  });
  store.write(spec, state, signalsOf(state.outputs, members, nonMembers, network.classes), machine());
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
