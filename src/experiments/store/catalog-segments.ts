import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackResult } from '../../attacks/attack';
import {
  encodeParquetValues,
  type ListColumn,
  type ValueColumn,
} from '../../platform/formats/parquet-values';
import type { Interval } from '../../metrics/interval';
import { joined } from '../../platform/math/joined';
import { readBlockFile, readChecked, readModels, type BlockFile } from './block-folder';
import { epochsTable, lossesTable, recordsTable, tables, type Columns } from './block-tables';
import { fileList, runSql } from './duckdb';
import type { Store } from './store';
import { readResultFile, type StoredResult } from './results';

export interface WrittenSegment {
  /** What could be read. */
  readonly ids: readonly string[];
  readonly large: readonly string[];
}

/** Records and losses of a block with more bytes are not copied. */
const largeBytes = 2 ** 18;
/** Blocks whose tables are in memory at a time. */
const batchBlocks = 500;

interface FoundBlock {
  readonly id: string;
  readonly at: string;
  readonly block: BlockFile;
  readonly isLarge: boolean;
}

/** The tables of blocks, in a folder: runs, epochs, and records and losses of small ones. Broken blocks are left out. */
export async function writeBlockSegment(
  store: Store,
  wanted: readonly string[],
  folder: string,
): Promise<WrittenSegment> {
  const pieces: string[] = [];
  const found: FoundBlock[] = [];
  for (const batch of batches(wanted.flatMap((id) => findBlock(store, id)))) {
    const tablesOf = batch.flatMap((one) => {
      try {
        return [{ ...one, tables: blockTables(one) }];
      } catch {
        return [];
      }
    });
    found.push(...tablesOf);
    for (const name of tableNames) {
      const own = tablesOf.flatMap(({ id, tables: { [name]: columns } }) =>
        columns === null ? [] : [{ id, columns }],
      );
      if (own.length === 0) continue;
      const piece = join(folder, `${name}.${pieces.length}.piece`);
      writeFileSync(piece, (await encodeParquetValues(joinedTables(own), [])).bytes);
      pieces.push(piece);
    }
  }
  if (found.length === 0) return { ids: [], large: [] };
  const rows = found.flatMap(({ id, block }) => runRows(id, block));
  writeFileSync(join(folder, 'runs.parquet'), await table(rows));
  for (const name of tableNames) {
    const own = pieces.filter((piece) => piece.startsWith(join(folder, `${name}.`)));
    // Of blocks without logits there are no arrays: their tables are as they were written.
    const kept = found
      .filter(({ block }) => block.keep === 'outputs' && name !== 'losses')
      .map(({ at }) => join(at, tables[name].file));
    await merge(own, kept, join(folder, tables[name].file));
  }
  pieces.forEach((piece) => rmSync(piece, { force: true }));
  return {
    ids: found.map(({ id }) => id),
    large: found.filter(({ isLarge }) => isLarge).map(({ id }) => id),
  };
}

const tableNames = ['records', 'epochs', 'losses'] as const;

function findBlock(store: Store, id: string): FoundBlock[] {
  const at = store.blockFolder(id);
  try {
    const block = readBlockFile(at, id);
    if (block.keep === 'outputs') {
      for (const name of Object.keys(block.sha256)) readChecked(at, block, name);
      return [{ id, at, block, isLarge: false }];
    }
    const bytes = [tables.records.file, tables.losses.file].map((name) => statSync(join(at, name)).size);
    return [{ id, at, block, isLarge: bytes[0] + bytes[1] > largeBytes }];
  } catch {
    return [];
  }
}

/** In batches of blocks with one number of classes, since a column of logits has one width. */
function batches(found: readonly FoundBlock[]): FoundBlock[][] {
  const byKind = new Map<string, FoundBlock[]>();
  for (const one of found) {
    const { classes } = one.block.models[0];
    const kind = `${classes} ${one.block.keep}`;
    const alike = byKind.get(kind) ?? [];
    alike.push(one);
    byKind.set(kind, alike);
  }
  return [...byKind.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / batchBlocks) }, (_, i) =>
      all.slice(i * batchBlocks, (i + 1) * batchBlocks),
    ),
  );
}

/** The tables that the catalog copies. @throws Error if a file is not whole */
function blockTables({
  at,
  block,
  isLarge,
}: FoundBlock): Record<(typeof tableNames)[number], Columns | null> {
  if (block.keep === 'outputs') return { records: null, epochs: null, losses: null };
  const models = readModels(at, block);
  const epochs = epochsTable(models);
  if (isLarge) return { records: null, epochs, losses: null };
  return {
    records: recordsTable(models),
    epochs,
    losses: lossesTable(models),
  };
}

function joinedTables(all: readonly { readonly id: string; readonly columns: Columns }[]): Columns {
  const [first] = all;
  const joinedColumns = Object.keys(first.columns).map((name) => [
    name,
    joinedColumn(all.map(({ columns }) => columns[name])),
  ]);
  const block = all.flatMap(({ id, columns }) =>
    new Array<string>((columns.model as Int32Array).length).fill(id),
  );
  return { block, ...(Object.fromEntries(joinedColumns) as Columns) };
}

function joinedColumn(parts: readonly ValueColumn[]): ValueColumn {
  const [first] = parts;
  if (first instanceof Int32Array) return joined(Int32Array, parts as Int32Array[]);
  if (first instanceof Float32Array) return joined(Float32Array, parts as Float32Array[]);
  if (first instanceof Float64Array) return joined(Float64Array, parts as Float64Array[]);
  if (first instanceof Uint8Array) return joined(Uint8Array, parts as Uint8Array[]);
  if (!('width' in first)) return (parts as string[][]).flat();
  const lists = parts as ListColumn[];
  return {
    width: first.width,
    values: joined(
      Float32Array,
      lists.map(({ values }) => values),
    ),
  };
}

/** Puts pieces, and files of single blocks, together into one file. */
async function merge(pieces: readonly string[], files: readonly string[], to: string): Promise<void> {
  const sources = [
    ...(pieces.length === 0 ? [] : [`select * from read_parquet(${fileList(pieces)})`]),
    ...(files.length === 0
      ? []
      : [
          `select ${blockOfFile} as block, * exclude (filename) from read_parquet(${fileList(files)}, filename = true, union_by_name = true)`,
        ]),
  ];
  if (sources.length === 0) return;
  const all = sources.join(' union all by name ');
  await runSql(`copy (${all}) to ${quoted(to)} (format parquet, compression zstd)`);
}

/** The id of a block, from the path of one of its files. */
export const blockOfFile = "regexp_extract(filename, '([0-9a-f]{32})[/\\\\][^/\\\\]+$', 1)";

const quoted = (text: string): string => `'${text.replace(/'/g, "''")}'`;

type Row = Readonly<Record<string, string | number | boolean>>;

/** One row a model of a block. */
function runRows(id: string, { spec, keep, machine }: BlockFile): Row[] {
  const { data, split, model, augmentation, defense, recipe, seed, part, compute } = spec;
  return spec.models.map(({ role, index }, place) => ({
    block: id,
    model: place,
    role,
    index,
    seed,
    part: part ?? -1,
    data: data.name,
    data_sha256: data.sha256,
    canaries: JSON.stringify(data.canaries),
    split: split.name,
    split_options: JSON.stringify(split.options),
    network: model.name,
    network_options: JSON.stringify(model.options),
    augmentation: augmentation.name,
    augmentation_options: JSON.stringify(augmentation.options),
    defense: defense.name,
    options: JSON.stringify(defense.options),
    epochs: recipe.epochs,
    batch_size: recipe.batchSize,
    learning_rate: recipe.learningRate,
    weight_decay: recipe.weightDecay,
    recipe: JSON.stringify(recipe),
    backend: compute.name,
    backend_version: compute.version,
    threads: compute.threads,
    gpu: compute.gpu,
    cpu: machine.cpu ?? '',
    keep,
  }));
}

/** Whole numbers of the tables; every other number is a DOUBLE. */
const whole = new Set([
  'model',
  'index',
  'seed',
  'part',
  'epochs',
  'batch_size',
  'threads',
  'shadows',
  'revision',
]);

async function table(rows: readonly Row[]): Promise<Uint8Array> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].map((name): [string, ValueColumn] => {
    const values = rows.map((row) => row[name]);
    const sample = values.find((value) => value !== undefined);
    if (typeof sample === 'string') return [name, values.map((value) => String(value ?? ''))];
    if (typeof sample === 'boolean') return [name, Uint8Array.from(values, Number)];
    const numbers = values.map((value) => (value === undefined ? NaN : Number(value)));
    return [name, whole.has(name) ? Int32Array.from(numbers) : Float64Array.from(numbers)];
  });
  return (await encodeParquetValues(Object.fromEntries(columns), [])).bytes;
}

/** The table `attacks` of results of kind `attack`; others are counted as read, and have no rows. */
export async function writeResultSegment(
  store: Store,
  wanted: readonly string[],
  folder: string,
): Promise<WrittenSegment> {
  const results = store.resultsFolder;
  const found = wanted.flatMap((id) => {
    const result = readResultFile(results, id);
    return result === undefined ? [] : [{ id, result }];
  });
  const rows = found.flatMap(({ id, result }) => attackRow(id, result));
  if (rows.length > 0) writeFileSync(join(folder, 'attacks.parquet'), await table(rows));
  return { ids: found.map(({ id }) => id), large: [] };
}

function attackRow(id: string, { key, value }: StoredResult): Row[] {
  const { auc, accuracy, advantage, tprAtFpr } = value as Partial<AttackResult>;
  if (key.kind !== 'attack' || key.models.length === 0) return [];
  const [block, place = '0'] = key.models[0].split('/');
  const { attack, ...options } = key.options;
  const { leaveOneOut } = options;
  const rates = Object.entries(tprAtFpr ?? {}).flatMap(([fpr, tpr]) =>
    intervalColumns(`tpr_at_fpr_${fpr.replace('.', '_')}`, tpr),
  );
  return [
    {
      result: id,
      block,
      model: Number(place),
      attack: String(attack),
      options: JSON.stringify(options),
      revision: key.revision,
      shadows: (typeof leaveOneOut === 'number' ? leaveOneOut : key.models.length) - 1,
      ...Object.fromEntries([
        ...intervalColumns('auc', auc),
        ...intervalColumns('advantage', advantage),
        ...intervalColumns('accuracy', accuracy),
        ...rates,
      ]),
    },
  ];
}

function intervalColumns(name: string, interval: Interval | undefined | null): [string, number][] {
  const { estimate, low, high } = interval ?? { estimate: NaN, low: NaN, high: NaN };
  return [
    [name, estimate],
    [`${name}_low`, low ?? NaN],
    [`${name}_high`, high ?? NaN],
  ];
}
