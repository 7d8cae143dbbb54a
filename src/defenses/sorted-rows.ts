import type { Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';

/**
 * Each row in ascending order, equal values in their order, and the way of a gradient back to the unsorted values.
 *
 * @param z [batch, classes]
 */
export function sortedRows(tf: TensorFlow, z: Tensor2D): { x: Tensor2D; back: (dx: Tensor2D) => Tensor2D } {
  const [rows, columns] = z.shape;
  const values = z.dataSync();
  const from = new Int32Array(rows * columns);
  const to = new Int32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const order = from.subarray(start, start + columns);
    for (let k = 0; k < columns; k++) order[k] = start + k;
    order.sort((a, b) => values[a] - values[b] || a - b);
    order.forEach((place, k) => (to[place] = start + k));
  }
  const moved = (flat: Tensor2D, places: Int32Array): Tensor2D =>
    tf.gather(flat.flatten() as Tensor1D, tf.tensor1d(places, 'int32')).reshape<Tensor2D>([rows, columns]);
  return { x: moved(z, from), back: (dx) => moved(dx, to) };
}
