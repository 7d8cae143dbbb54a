import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttackResult } from '../attacks/attack';
import { encodeParquetValues, type ValueColumn } from '../formats/parquet-values';
import type { Interval } from '../metrics/interval';
import { readBlockFile, type BlockFile } from './block-folder';
import { tables } from './block-tables';
import { checkBlock } from './checked-blocks';
import { fileList, runSql } from './duckdb';
import type { Store } from './store';
import { readResultFile, type StoredResult } from './store-results';

export interface WrittenSegment {
  /** What could be read. */
  readonly ids: readonly string[];
  readonly large: readonly string[];
}

/** Records and losses of a block with more bytes are not copied. */
const largeBytes = 2 ** 18;
/** Files that DuckDB has open at a time. */
const batchFiles = 500;

/** The tables of blocks, in a folder: runs, epochs, and records and losses of small ones. Broken blocks are left out. */
export async function writeBlockSegment(
  store: Store,
  wanted: readonly string[],
  folder: string,
): Promise<WrittenSegment> {
  const found = wanted.flatMap((id) => {
    const at = store.blockFolder(id);
    return checkBlock(at, id).state === 'broken' ? [] : [{ id, at, block: readBlockFile(at, id) }];
  });
  if (found.length === 0) return { ids: [], large: [] };
  writeFileSync(
    join(folder, 'runs.parquet'),
    await table(found.flatMap(({ id, block }) => runRows(id, block))),
  );
  const large: string[] = [];
  const small = found.filter(({ id, at, block }) => {
    const bytes = [tables.records.file, tables.losses.file]
      .filter((name) => name in block.sha256)
      .reduce((sum, name) => sum + statSync(join(at, name)).size, 0);
    if (bytes > largeBytes) large.push(id);
    return bytes <= largeBytes;
  });
  const files = (name: string, from: typeof found) =>
    from.filter(({ block }) => name in block.sha256).map(({ at }) => join(at, name));
  await merge(files(tables.epochs.file, found), join(folder, tables.epochs.file));
  await merge(files(tables.records.file, small), join(folder, tables.records.file));
  await merge(files(tables.losses.file, small), join(folder, tables.losses.file));
  return { ids: found.map(({ id }) => id), large };
}

/** Puts files of blocks together into one, with a column `block`; in batches, since a process may open so many files. */
async function merge(files: readonly string[], to: string): Promise<void> {
  const pieces: string[] = [];
  for (let i = 0; i < files.length; i += batchFiles) {
    const piece = `${to}.${i}`;
    pieces.push(piece);
    await runSql(
      `copy (select ${blockOfFile} as block, * exclude (filename) from read_parquet(${fileList(files.slice(i, i + batchFiles))}, ` +
        `filename = true, union_by_name = true)) to ${quoted(piece)} (format parquet, compression zstd)`,
    );
  }
  if (pieces.length === 0) return;
  await runSql(
    `copy (select * from read_parquet(${fileList(pieces)}, union_by_name = true)) to ${quoted(to)} ` +
      '(format parquet, compression zstd)',
  );
  pieces.forEach((piece) => rmSync(piece, { force: true }));
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
  const results = join(store.folder, 'results');
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
      shadows: key.models.length - 1,
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
