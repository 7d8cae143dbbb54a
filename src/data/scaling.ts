import { badInput } from '../errors';
import { contentHash, packContent } from './content-hash';
import type { Dataset, ScalingKind } from './dataset';

export interface ScalingOptions {
  readonly kind?: ScalingKind;
  /** Columns to scale; default all. One-hot columns should be left alone. */
  readonly columns?: readonly number[];
}

/** The columns that hold anything but zeros and ones. */
export function numberColumns({ x, features }: Pick<Dataset, 'x' | 'features'>): number[] {
  const isNumber = new Uint8Array(features);
  x.forEach((value, i) => {
    if (value !== 0 && value !== 1) isNumber[i % features] = 1;
  });
  return Array.from(isNumber.keys()).filter((column) => isNumber[column] === 1);
}

/** x becomes (x - shift) / scale, column by column; columns that are not scaled have 0 and 1. */
export interface Scaling {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** The data set, whose number columns each model is to scale; pictures, and what has none, are left alone. */
export function withScaling(dataset: Dataset, kind: ScalingKind): Dataset {
  const columns = dataset.image === undefined ? numberColumns(dataset) : [];
  return columns.length === 0 ? dataset : { ...dataset, scaling: { kind, columns } };
}

/**
 * Statistics of the training records alone, so that nothing about the others leaks into training. The variance divides by
 * n, as scikit-learn's StandardScaler does; a constant column has scale 1.
 *
 * @throws UserError if `train` is empty or a column does not exist
 */
export function trainScaling(
  { x, records, features }: Dataset,
  train: Int32Array,
  { kind = 'standard', columns = Array.from({ length: features }, (_, j) => j) }: ScalingOptions = {},
): Scaling {
  if (train.length === 0) throw badInput('train', [], 'at least one record is needed', 'Give record numbers');
  const stray = train.find((record) => !(record >= 0 && record < records));
  if (stray !== undefined) {
    throw badInput('train', stray, `must be in 0 .. ${records - 1}`, 'Give record numbers of this data set');
  }
  const shift = new Float64Array(features);
  const scale = new Float64Array(features).fill(1);
  for (const column of columns) {
    if (!Number.isInteger(column) || column < 0 || column >= features) {
      throw badInput('columns', column, `must be in 0 .. ${features - 1}`, 'Give column numbers');
    }
    const [from, width] = statisticsOf(x, features, column, train, kind);
    shift[column] = from;
    scale[column] = width > 0 ? width : 1;
  }
  return { shift, scale };
}

function statisticsOf(
  x: Dataset['x'],
  features: number,
  column: number,
  train: Int32Array,
  kind: ScalingKind,
): [number, number] {
  const value = (record: number): number => x[record * features + column];
  if (kind === 'min-max') {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const record of train) {
      low = Math.min(low, value(record));
      high = Math.max(high, value(record));
    }
    return [low, high - low];
  }
  let mean = 0;
  for (const record of train) mean += value(record) / train.length;
  let variance = 0;
  for (const record of train) variance += (value(record) - mean) ** 2 / train.length;
  return [mean, Math.sqrt(variance)];
}

/**
 * The data set with scaled features (float32), by statistics of the training records.
 *
 * @throws UserError as `trainScaling`
 */
export function scaleByTrain(dataset: Dataset, train: Int32Array, options?: ScalingOptions): Dataset {
  if (dataset.image !== undefined) {
    throw badInput(
      'the data set',
      dataset.name,
      'pictures are scaled when they are taken',
      'Use takeFeatures',
    );
  }
  const x = Float32Array.from(dataset.x);
  rescale(x, trainScaling(dataset, train, options));
  const scaled = { ...dataset, x };
  return { ...scaled, sha256: contentHash(packContent(scaled), scaled) };
}

/** Scales rows in place, row-major [n, columns of the scaling]. */
export function rescale(x: Float32Array, { shift, scale }: Scaling): void {
  const features = shift.length;
  for (let i = 0; i < x.length; i++) x[i] = (x[i] - shift[i % features]) / scale[i % features];
}
