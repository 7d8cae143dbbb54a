import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModelSignals } from '../signals/model-signals';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors';
import type { TrainingState } from '../training/training-task';
import { blockId, type BlockSpec } from './block';
import { modelFromData } from '../models/registry';
import { decodeState, encodeState } from '../training/checkpoint';
import { releasedParameters } from '../training/train';
import { explainedWriteError, makeFolder, writeFileWhole } from '../formats/write-file';

/** What a finished block gives to the attacks. Records are members first, then non-members, n in all. */
export interface BlockOutputs {
  /** The evaluated epochs, [E]. */
  readonly epochs: Int32Array;
  /** CE losses, row-major [E, n]. */
  readonly losses: Float64Array;
  /** 1 where the prediction was right, row-major [E, n]. */
  readonly correct: Uint8Array;
  /** Outputs after the last epoch. */
  readonly signals: ModelSignals;
}

interface BlockFile {
  readonly schema: 'ccl-lab/block/1';
  readonly spec: BlockSpec;
  /** Where it was trained: equal bits are promised only where these match. */
  readonly machine: Readonly<Record<string, string>>;
  readonly sha256: Readonly<Record<string, string>>;
}

const outputsName = 'outputs.safetensors';
const weightsName = 'weights.safetensors';

/** A folder of finished blocks, each in a folder named after its identity, whole or absent. */
export class Store {
  private constructor(readonly folder: string) {}

  /**
   * Opens or makes a store.
   *
   * @throws UserError if the folder cannot be made or written to
   */
  static open(folder: string): Store {
    const path = resolve(folder);
    try {
      makeFolder(path);
      const probe = join(path, `.probe-${process.pid}`);
      writeFileSync(probe, '');
      rmSync(probe);
    } catch (error) {
      throw explainedWriteError(path, error);
    }
    return new Store(path);
  }

  /** The finished block, or null if it is missing or not whole (a broken one is removed and trained again). */
  read(spec: BlockSpec): BlockOutputs | null {
    const folder = this.blockFolder(spec);
    if (!existsSync(folder)) return null;
    try {
      const { sha256 } = JSON.parse(readFileSync(join(folder, 'block.json'), 'utf8')) as BlockFile;
      const file = readFileSync(join(folder, outputsName));
      if (hash(file) !== sha256[outputsName]) throw new Error(`${outputsName} is not what was written`);
      return decodeOutputs(file, join(folder, outputsName));
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return null;
    }
  }

  /** Keeps a finished block, and forgets its checkpoint. If another process was faster, its equal block stays. */
  write(
    spec: BlockSpec,
    state: TrainingState,
    signals: ModelSignals,
    machine: Readonly<Record<string, string>>,
  ): void {
    const folder = this.blockFolder(spec);
    const temporary = `${folder}.${process.pid}.tmp`;
    try {
      rmSync(temporary, { recursive: true, force: true });
      makeFolder(temporary);
      const files = {
        [outputsName]: encodeOutputs(state, signals),
        [weightsName]: encodeWeights(state, spec),
      };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(temporary, name), content);
      const sha256 = Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, hash(content)]),
      );
      const block: BlockFile = { schema: 'ccl-lab/block/1', spec, machine, sha256 };
      writeFileSync(join(temporary, 'block.json'), `${JSON.stringify(block, null, 2)}\n`);
      renameSync(temporary, folder);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw explainedWriteError(folder, error);
    }
    rmSync(this.checkpointFile(spec), { force: true });
  }

  /** Where the checkpoint of an unfinished block lies. */
  checkpointFile(spec: BlockSpec): string {
    return join(this.folder, 'checkpoints', `${blockId(spec)}.safetensors`);
  }

  writeCheckpoint(spec: BlockSpec, state: TrainingState): void {
    writeFileWhole(this.checkpointFile(spec), encodeState(state, { ...spec }));
  }

  /** The state to go on from, or null if there is none or it is not whole. */
  readCheckpoint(spec: BlockSpec): TrainingState | null {
    const file = this.checkpointFile(spec);
    try {
      return decodeState(readFileSync(file), { ...spec }, file);
    } catch {
      rmSync(file, { force: true });
      return null;
    }
  }

  private blockFolder(spec: BlockSpec): string {
    return join(this.folder, 'blocks', blockId(spec));
  }
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function encodeWeights(state: TrainingState, spec: BlockSpec): Buffer {
  const { parameters, buffers } = modelFromData(spec.model);
  const arrays = [
    ...releasedParameters(state).map((data, i) => [parameters[i], data] as const),
    ...state.buffers.map((data, i) => [buffers[i], data] as const),
  ].map(([{ name, shape }, data]) => [name, { data, shape }] as const);
  return encodeSafetensors({ arrays: Object.fromEntries(arrays), metadata: { block: blockId(spec) } });
}

function encodeOutputs(
  { history }: TrainingState,
  { n, classes, logits, labels, members }: ModelSignals,
): Buffer {
  const epochs = Int32Array.from(history, ({ epoch }) => epoch);
  const losses = new Float64Array(epochs.length * n);
  const correct = new Uint8Array(epochs.length * n);
  history.forEach((evaluation, i) => {
    losses.set(evaluation.losses, i * n);
    correct.set(evaluation.correct, i * n);
  });
  const E = epochs.length;
  return encodeSafetensors({
    arrays: {
      epochs: { data: epochs, shape: [E] },
      losses: { data: losses, shape: [E, n] },
      correct: { data: correct, shape: [E, n] },
      logits: { data: logits, shape: [n, classes] },
      labels: { data: labels, shape: [n] },
      members: { data: members, shape: [n] },
    },
    metadata: {},
  });
}

function decodeOutputs(file: Buffer, what: string): BlockOutputs {
  const { arrays } = decodeSafetensors(file, what);
  const [n, classes] = arrays.logits.shape;
  return {
    epochs: arrays.epochs.data as Int32Array,
    losses: arrays.losses.data as Float64Array,
    correct: arrays.correct.data as Uint8Array,
    signals: {
      n,
      classes,
      logits: arrays.logits.data as Float32Array,
      labels: arrays.labels.data as Int32Array,
      members: arrays.members.data as Uint8Array,
    },
  };
}
