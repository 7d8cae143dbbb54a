import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from '../formats/safetensors';
import { blockId, type BlockSpec } from './block';
import type { FinishedModel, NamedWeights, TrainedBlock } from './finished-block';
import { explainedWriteError, makeFolder } from '../formats/write-file';

interface BlockFile {
  readonly schema: 'ccl-lab/block/2';
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

  /** The finished models of a block, or null if it is missing or not whole (a broken one is removed and trained again). */
  read(spec: BlockSpec): readonly FinishedModel[] | null {
    return this.readFile(spec, outputsName, (file, what) => decodeOutputs(file, what, spec));
  }

  /** The weights of its models, or null as `read`. */
  readWeights(spec: BlockSpec): readonly NamedWeights[] | null {
    return this.readFile(spec, weightsName, (file, what) => {
      const { arrays } = decodeSafetensors(file, what);
      return spec.models.map((_, m) => withoutPrefix(arrays, `${m}/`));
    });
  }

  private readFile<T>(spec: BlockSpec, name: string, decode: (file: Buffer, what: string) => T): T | null {
    const folder = this.blockFolder(spec);
    if (!existsSync(folder)) return null;
    try {
      const { sha256 } = JSON.parse(readFileSync(join(folder, 'block.json'), 'utf8')) as BlockFile;
      const file = readFileSync(join(folder, name));
      if (hash(file) !== sha256[name]) throw new Error(`${name} is not what was written`);
      return decode(file, join(folder, name));
    } catch {
      rmSync(folder, { recursive: true, force: true });
      return null;
    }
  }

  /** Keeps a finished block, and forgets its checkpoint. If another process was faster, its equal block stays. */
  write(spec: BlockSpec, trained: TrainedBlock, machine: Readonly<Record<string, string>>): void {
    const folder = this.blockFolder(spec);
    const temporary = `${folder}.${process.pid}.tmp`;
    try {
      rmSync(temporary, { recursive: true, force: true });
      makeFolder(temporary);
      const files = {
        [outputsName]: encodeOutputs(trained.models),
        [weightsName]: encodeWeights(trained.weights, spec),
      };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(temporary, name), content);
      const sha256 = Object.fromEntries(
        Object.entries(files).map(([name, content]) => [name, hash(content)]),
      );
      const block: BlockFile = { schema: 'ccl-lab/block/2', spec, machine, sha256 };
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

  private blockFolder(spec: BlockSpec): string {
    return join(this.folder, 'blocks', blockId(spec));
  }
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function encodeWeights(weights: readonly NamedWeights[], spec: BlockSpec): Buffer {
  const arrays = weights.flatMap((own, m) =>
    Object.entries(own).map(([name, array]) => [`${m}/${name}`, array] as const),
  );
  return encodeSafetensors({ arrays: Object.fromEntries(arrays), metadata: { block: blockId(spec) } });
}

function encodeOutputs(models: readonly FinishedModel[]): Buffer {
  const arrays: Record<string, NamedArray> = {};
  models.forEach(({ records, signals, epochs, losses, correct, elsewhere }, m) => {
    const { n, classes, logits, labels, members } = signals;
    const E = epochs.length;
    Object.assign(arrays, {
      [`${m}/records`]: { data: records, shape: [n] },
      [`${m}/epochs`]: { data: epochs, shape: [E] },
      [`${m}/losses`]: { data: losses, shape: [E, n] },
      [`${m}/correct`]: { data: correct, shape: [E, n] },
      [`${m}/logits`]: { data: logits, shape: [n, classes] },
      [`${m}/labels`]: { data: labels, shape: [n] },
      [`${m}/members`]: { data: members, shape: [n] },
      [`${m}/elsewhere`]: { data: elsewhere.records, shape: [elsewhere.records.length] },
      [`${m}/elsewhere.logits`]: { data: elsewhere.logits, shape: [elsewhere.records.length, classes] },
    });
  });
  return encodeSafetensors({ arrays, metadata: {} });
}

function decodeOutputs(file: Buffer, what: string, { models }: BlockSpec): FinishedModel[] {
  const { arrays } = decodeSafetensors(file, what);
  return models.map((address, m) => {
    const own = withoutPrefix(arrays, `${m}/`);
    const [n, classes] = own.logits.shape;
    return {
      ...address,
      records: own.records.data as Int32Array,
      epochs: own.epochs.data as Int32Array,
      losses: own.losses.data as Float64Array,
      correct: own.correct.data as Uint8Array,
      signals: {
        n,
        classes,
        logits: own.logits.data as Float32Array,
        labels: own.labels.data as Int32Array,
        members: own.members.data as Uint8Array,
      },
      elsewhere: {
        records: own.elsewhere.data as Int32Array,
        logits: own['elsewhere.logits'].data as Float32Array,
      },
    };
  });
}

function withoutPrefix(arrays: Readonly<Record<string, NamedArray>>, prefix: string): NamedWeights {
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, array]) => [name.slice(prefix.length), array]),
  );
}
