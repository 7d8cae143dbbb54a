import type { Tensor, Tensor2D, TensorFlow } from '../platform/backend/tensor';
import { randomStream } from '../platform/math/random';
import type { TrainingKey } from './method';
import type { Records } from './records';
import type { TrainingTask } from './training-task';

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
