import type { Network } from '../models/network';
import type { Tensor, Tensor2D, Tensor3D, TensorFlow } from '../platform/backend/tensor';
import { randomStream } from '../platform/math/random';
import type { Records, TrainingKey } from './records';
import type { TrainingTask } from './task';

/** Gives batches of training records to the backend; owner of what it keeps there. */
export interface BatchSource {
  /** The records of these numbers; the caller disposes. @param epoch from 1; each has its own augmentation */
  take(records: Int32Array, epoch: number): { x: Tensor; oneHot: Tensor2D };
  dispose(): void;
}

/** Records on the backend as a whole, or on the host where pictures change from epoch to epoch. */
export function batchSource(
  tf: TensorFlow,
  { x, y }: Records,
  { network, augmentation, image, key }: Pick<TrainingTask, 'network' | 'augmentation' | 'image' | 'key'>,
): BatchSource {
  const { inputShape, classes } = network;
  const oneHot = tf.tidy(() => tf.oneHot(tf.tensor1d(y, 'int32'), classes).toFloat() as Tensor2D);
  const labels = (rows: Tensor): Tensor2D => tf.gather(oneHot, rows as never);
  if (augmentation === undefined || augmentation.name === 'none' || image === undefined) {
    const all = tf.tensor(x, [y.length, ...inputShape]);
    return {
      take: (records) =>
        tf.tidy(() => {
          const rows = tf.tensor1d(records, 'int32');
          return { x: tf.gather(all, rows), oneHot: labels(rows) };
        }),
      dispose: () => tf.dispose([all, oneHot]),
    };
  }
  const size = x.length / y.length;
  return {
    take(records, epoch) {
      const pixels = new Float32Array(records.length * size);
      records.forEach((record, i) => pixels.set(x.subarray(record * size, (record + 1) * size), i * size));
      const changed = augmentation.forTraining(pixels, image, records, { ...key, epoch });
      return tf.tidy(() => ({
        x: tf.tensor(changed, [records.length, ...inputShape]),
        oneHot: labels(tf.tensor1d(records, 'int32')),
      }));
    },
    dispose: () => oneHot.dispose(),
  };
}

/** One random order of n records, cut into batches; the last one has what is left. */
export function shuffledBatches(n: number, batchSize: number, key: TrainingKey, epoch: number): Int32Array[] {
  const order = randomStream({ ...key, purpose: 'order', epoch }).permutation(n);
  return Array.from({ length: Math.ceil(n / batchSize) }, (_, i) =>
    order.subarray(i * batchSize, (i + 1) * batchSize),
  );
}

/** The batches of one step of all models, padded to one size. */
export interface EnsembleBatch {
  /** [E, batch, features]. */
  readonly x: Tensor3D;
  /** [E, batch, classes]. */
  readonly oneHot: Tensor3D;
  /** Records of each model in this step; what follows in its rows is padding. */
  readonly sizes: readonly number[];
}

/** Keeps the training records of all models on the backend, those that models share once; owner of its tensors. */
export class EnsembleBatches {
  private readonly x;
  private readonly oneHot;
  /** Row of each model's first record. */
  private readonly offsets: readonly number[];

  constructor(
    private readonly tf: TensorFlow,
    private readonly training: readonly Records[],
    private readonly features: number,
    private readonly classes: number,
  ) {
    const tables: Records[] = [];
    const starts = new Map<Records, number>();
    let rows = 0;
    this.offsets = training.map((records) => {
      const known = tables.find(({ x, y }) => x === records.x && y === records.y);
      if (known !== undefined) return starts.get(known)!;
      tables.push(records);
      starts.set(records, rows);
      rows += records.y.length;
      return rows - records.y.length;
    });
    const x = new Float32Array(rows * features);
    const y = new Int32Array(rows);
    for (const table of tables) {
      x.set(table.x, starts.get(table)! * features);
      y.set(table.y, starts.get(table)!);
    }
    this.x = tf.tensor2d(x, [rows, features]);
    this.oneHot = tf.tidy(() => tf.oneHot(tf.tensor1d(y, 'int32'), classes).toFloat());
  }

  /** @param batches numbers of training records, one batch a model; the caller disposes the tensors */
  take(batches: readonly Int32Array[]): EnsembleBatch {
    const { tf, offsets, features, classes } = this;
    const sizes = batches.map(({ length }) => length);
    const most = Math.max(...sizes);
    const rows = new Int32Array(batches.length * most);
    batches.forEach((records, e) => {
      // Padding repeats the first record.
      for (let i = 0; i < most; i++) rows[e * most + i] = offsets[e] + (records[i] ?? records[0]);
    });
    return tf.tidy(() => {
      const taken = tf.tensor1d(rows, 'int32');
      return {
        x: tf.gather(this.x, taken).reshape<never>([batches.length, most, features]),
        oneHot: tf.gather(this.oneHot, taken).reshape<never>([batches.length, most, classes]),
        sizes,
      } as never;
    });
  }

  dispose(): void {
    this.tf.dispose([this.x, this.oneHot]);
  }
}

/** Records as they are, without augmentation: what an adversary would ask about. The caller disposes. */
export function hostBatch(
  tf: TensorFlow,
  { inputShape, classes }: Pick<Network, 'inputShape' | 'classes'>,
  { x, y }: Records,
  numbers: Int32Array,
): { x: Tensor; oneHot: Tensor2D } {
  const size = x.length / y.length;
  const taken = new Float32Array(numbers.length * size);
  numbers.forEach((number, i) => taken.set(x.subarray(number * size, (number + 1) * size), i * size));
  return {
    x: tf.tensor(taken, [numbers.length, ...inputShape]),
    oneHot: tf.tidy(() => {
      const labels = tf.tensor1d(
        Int32Array.from(numbers, (number) => y[number]),
        'int32',
      );
      return tf.oneHot(labels, classes).toFloat() as Tensor2D;
    }),
  };
}
