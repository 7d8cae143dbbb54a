import { crc32 } from '../platform/formats/crc32';
import { randomStream } from '../platform/math/random';
import type { OutputFilter, OutputSetup } from '../training/defense';
import { fillRandomInput, inputRange } from './random-inputs';

/**
 * Rows of every question to the model, filled up with zeros: the last bits of a matrix product may depend on how many
 * rows it has and on where in its tiles a row lies. 48 rows are whole tiles of 3, 4, 6, 8 and 16 rows, on 1, 2 or 4 threads
 * (oneDNN's AVX2 kernel takes 6 and computes a rest of 2 differently).
 */
const block = 48;

/**
 * HAMP's answers: the sorted outputs of a random input in the order of the query's own, so that the predicted class and
 * all ranks stay. Random bits for data of 0 and 1, else uniform between the smallest and the largest value of the members'
 * feature or channel. The random input depends on the query and the model's key alone: the same query has the same answer,
 * asked again or among others. Therefore the query is asked anew, in a block of fixed size, instead of taking the order
 * from logits that were computed among others, where nearly equal classes could change places.
 */
export function hampOutputs({ members, inputShape, classes, key, logits }: OutputSetup): OutputFilter {
  const size = inputShape.reduce((product, side) => product * side, 1);
  const range = inputRange(members.x, inputShape);
  return (own, x) => {
    const out = new Float32Array(own.length);
    const rows = own.length / classes;
    for (let first = 0; first < rows; first += block) {
      const queries = new Float32Array(block * size);
      queries.set(x.subarray(first * size, Math.min(rows, first + block) * size));
      const inputs = new Float32Array(block * size);
      const filled = Math.min(block, rows - first);
      for (let i = 0; i < filled; i++) {
        const query = x.subarray((first + i) * size, (first + i + 1) * size);
        const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
        const stream = randomStream({ ...key, purpose: 'noise', epoch: crc32(bytes) });
        fillRandomInput(inputs.subarray(i * size, (i + 1) * size), range, stream);
      }
      const [order, values] = [logits(queries), logits(inputs)];
      for (let i = 0; i < filled; i++) {
        const [from, to] = [i * classes, (i + 1) * classes];
        out.set(inOrderOf(order.subarray(from, to), values.subarray(from, to)), (first + i) * classes);
      }
    }
    return out;
  };
}

/**
 * The values of one row in the order of another: the largest where the other has its largest (the first of equals), and
 * so on. The largest stays alone where two are equal, so that the predicted class cannot change.
 */
export function inOrderOf(order: Float32Array, values: Float32Array): Float32Array {
  const sorted = values.slice().sort().reverse();
  if (sorted[0] === sorted[1]) sorted[0] += Math.max(Math.abs(sorted[0]), 1e-30) * 2 ** -23;
  const places = Array.from(order.keys()).sort((a, b) => order[b] - order[a] || a - b);
  const out = new Float32Array(order.length);
  places.forEach((place, rank) => (out[place] = sorted[rank]));
  return out;
}
