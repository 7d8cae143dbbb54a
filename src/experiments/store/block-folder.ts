import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeParquetValues,
  plainBits,
  plainValues,
  type ValuePlaces,
} from '../../platform/formats/parquet-values';
import { decodeSafetensors, encodeSafetensors } from '../../platform/formats/safetensors';
import { type NamedWeights, torchArray } from '../../models/weights-file';
import { blockId, type BlockSpec, type FinishedModel, type TrainedBlock } from '../block';
import { epochsTable, lossesTable, outputsTable, recordsTable, tables, type Columns } from './block-tables';

/** `all`: weights, logits and losses of every epoch. `outputs`: per-record losses and epochs alone, to be looked at. */
export type Keep = 'all' | 'outputs';

/** The file block.json: what the block is, where it was trained, and what its other files must be. */
export interface BlockFile {
  readonly schema: typeof blockSchema | typeof earlierSchema;
  readonly spec: BlockSpec;
  readonly keep: Keep;
  /** Where it was trained: equal bits are promised only where these match. */
  readonly machine: Readonly<Record<string, string>>;
  /** Sizes of the models' arrays. */
  readonly models: readonly ModelSizes[];
  /** Of each other file. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Where the values of plain columns stand, by file and column. */
  readonly places: Readonly<Record<string, Readonly<Record<string, ValuePlaces>>>>;
}

interface ModelSizes {
  readonly records: number;
  readonly elsewhere: number;
  readonly classes: number;
  readonly epochs: number;
}

export const blockSchema = 'ccl-lab/block/4';
/** Differs in its weights alone: of the backend's layout, and with a number before the names of a single model too. */
const earlierSchema = 'ccl-lab/block/3';
export const blockFileName = 'block.json';
export const weightsName = 'weights.safetensors';

/** The content of a block's files. */
export async function encodeBlock(
  spec: BlockSpec,
  { models, weights }: TrainedBlock,
  machine: Readonly<Record<string, string>>,
): Promise<Record<string, Uint8Array>> {
  const encoded: [string, Uint8Array][] = [[weightsName, encodeWeights(weights, spec)]];
  const places: Record<string, BlockFile['places'][string]> = {};
  const add = async ({ file, plain }: (typeof tables)[keyof typeof tables], columns: Columns) => {
    const table = await encodeParquetValues(columns, plain);
    encoded.push([file, table.bytes]);
    places[file] = table.places;
  };
  await add(tables.records, recordsTable(models));
  await add(tables.epochs, epochsTable(models));
  await add(tables.losses, lossesTable(models));
  return withBlockFile(Object.fromEntries(encoded), {
    spec,
    keep: 'all',
    machine,
    models: sizesOf(models),
    places,
  });
}

/**
 * A block without weights, logits and losses on the way: what is committed beside a paper.
 *
 * @param only keep these records, by their numbers; default all
 */
export async function encodeOutputs(
  { spec, machine }: BlockFile,
  models: readonly FinishedModel[],
  only?: ReadonlySet<number>,
): Promise<Record<string, Uint8Array>> {
  const records = await encodeParquetValues(outputsTable(models, only), []);
  const epochs = await encodeParquetValues(epochsTable(models), []);
  const files = { [tables.records.file]: records.bytes, [tables.epochs.file]: epochs.bytes };
  return withBlockFile(files, { spec, keep: 'outputs', machine, models: sizesOf(models), places: {} });
}

function withBlockFile(
  files: Record<string, Uint8Array>,
  rest: Omit<BlockFile, 'schema' | 'sha256'>,
): Record<string, Uint8Array> {
  const sha256 = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, hash(content)]));
  const block: BlockFile = { schema: blockSchema, ...rest, sha256 };
  return { ...files, [blockFileName]: Buffer.from(`${JSON.stringify(block, null, 2)}\n`) };
}

function sizesOf(models: readonly FinishedModel[]): ModelSizes[] {
  return models.map(({ signals, elsewhere, epochs }) => ({
    records: signals.n,
    elsewhere: elsewhere.records.length,
    classes: signals.classes,
    epochs: epochs.length,
  }));
}

/** The content of all files of a folder, by name. */
export function readFiles(folder: string): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

/** Writes all files into a folder that is there. */
export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/**
 * The description of a block.
 *
 * @throws Error if it is missing, of another schema, or of another block than the folder's name says
 */
export function readBlockFile(folder: string, id: string): BlockFile {
  const block = JSON.parse(readFileSync(join(folder, blockFileName), 'utf8')) as BlockFile;
  if (block.schema !== blockSchema && block.schema !== earlierSchema) {
    throw new Error(
      `its schema is ${String(block.schema)}, not ${blockSchema}; it was written by another version`,
    );
  }
  if (blockId(block.spec) !== id) throw new Error(`${blockFileName} describes another block`);
  return block;
}

/** A file of a block. @throws Error if it is missing or not what was written */
export function readChecked(folder: string, { sha256 }: BlockFile, name: string): Buffer {
  const content = readFileSync(join(folder, name));
  if (hash(content) !== sha256[name]) throw new Error(`${name} is not what was written`);
  return content;
}

/** The models of a block that keeps all. @throws Error if a file is not whole */
export function readModels(folder: string, block: BlockFile): FinishedModel[] {
  const reader = (name: string) => {
    const bytes = readChecked(folder, block, name);
    return (column: string) => [bytes, block.places[name][column]] as const;
  };
  const records = reader(tables.records.file);
  const losses = reader(tables.losses.file);
  const all = {
    record: plainValues(...records('record'), 'int32'),
    label: plainValues(...records('label'), 'int32'),
    member: plainBits(...records('member')),
    logits: plainValues(...records('logits'), 'float32'),
    epoch: plainValues(...reader(tables.epochs.file)('epoch'), 'int32'),
    loss: plainValues(...losses('loss'), 'float64'),
    correct: plainBits(...losses('correct')),
  };
  return block.spec.models.map(modelReader(all, block.models));
}

interface AllModels {
  readonly record: Int32Array;
  readonly label: Int32Array;
  readonly member: Uint8Array;
  readonly logits: Float32Array;
  readonly epoch: Int32Array;
  readonly loss: Float64Array;
  readonly correct: Uint8Array;
}

/** Cuts the arrays of all models, which stand one after the other, into those of each. */
function modelReader(all: AllModels, sizes: readonly ModelSizes[]) {
  const at = { row: 0, logit: 0, epoch: 0, loss: 0 };
  return (address: BlockSpec['models'][number], place: number): FinishedModel => {
    const { records: n, elsewhere: m, classes, epochs: E } = sizes[place];
    const row = (start: number, count: number) => [at.row + start, at.row + start + count] as const;
    const logit = (start: number, count: number) =>
      [at.logit + start * classes, at.logit + (start + count) * classes] as const;
    const model: FinishedModel = {
      role: address.role,
      index: address.index,
      records: all.record.slice(...row(0, n)),
      signals: {
        n,
        classes,
        logits: all.logits.slice(...logit(0, n)),
        labels: all.label.slice(...row(0, n)),
        members: all.member.slice(...row(0, n)),
      },
      epochs: all.epoch.slice(at.epoch, at.epoch + E),
      losses: all.loss.slice(at.loss, at.loss + E * n),
      correct: all.correct.slice(at.loss, at.loss + E * n),
      elsewhere: {
        records: all.record.slice(...row(n, m)),
        labels: all.label.slice(...row(n, m)),
        logits: all.logits.slice(...logit(n, m)),
      },
    };
    at.row += n + m;
    at.logit += (n + m) * classes;
    at.epoch += E;
    at.loss += E * n;
    return model;
  };
}

/** The weights of the models of a block that keeps all. @throws Error if the file is not whole */
export function readWeights(folder: string, block: BlockFile): NamedWeights[] {
  const { arrays } = decodeSafetensors(readChecked(folder, block, weightsName), join(folder, weightsName));
  const isEarlier = block.schema === earlierSchema;
  const count = block.spec.models.length;
  return block.spec.models.map((_, m) => {
    const prefix = isEarlier ? `${m}/` : weightsPrefix(m, count);
    const own = Object.entries(arrays).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(
      own.map(([name, array]) => [name.slice(prefix.length), isEarlier ? torchArray(array) : array]),
    );
  });
}

/** A single model's names are PyTorch's own, so that its file is a state_dict. */
function weightsPrefix(place: number, models: number): string {
  return models === 1 ? '' : `${place}/`;
}

function encodeWeights(weights: readonly NamedWeights[], spec: BlockSpec): Buffer {
  const arrays = weights.flatMap((own, m) =>
    Object.entries(own).map(
      ([name, array]) => [`${weightsPrefix(m, weights.length)}${name}`, array] as const,
    ),
  );
  return encodeSafetensors({ arrays: Object.fromEntries(arrays), metadata: { block: blockId(spec) } });
}

export function hash(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
