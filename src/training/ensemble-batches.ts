import type { Tensor3D, TensorFlow } from '../platform/backend/tensor';
import type { Records } from './records';

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
