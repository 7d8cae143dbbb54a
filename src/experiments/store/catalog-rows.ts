import type { AttackResult } from '../../attacks/attack';
import type { Interval } from '../../metrics/interval';
import { encodeParquetValues, type ValueColumn } from '../../platform/formats/parquet-values';
import type { BlockFile } from './block-folder';
import type { StoredResult } from './results';

export type Row = Readonly<Record<string, string | number | boolean>>;

/** Rows of the table `runs`: one a model of a block. */
export function runRows(id: string, { spec, keep, machine }: BlockFile): Row[] {
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

/** Rows as a Parquet file, with every column that one of them has. */
export async function encodeRows(rows: readonly Row[]): Promise<Uint8Array> {
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

/** The row of the table `attacks` of a result of kind `attack`; others have none. */
export function attackRow(id: string, { key, value }: StoredResult): Row[] {
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
