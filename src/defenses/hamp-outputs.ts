import { crc32 } from '../formats/crc32';
import { randomStream } from '../math/random';
import type { OutputFilter, OutputSetup } from './defense';
import { fillRandomInput, inputRange } from './random-inputs';

/** Random inputs that are asked for at once. */
const chunk = 256;

/**
 * HAMP's answers: the sorted outputs of a random input in the order of the query's own, so that the predicted class and
 * all ranks stay. Random bits for data of 0 and 1, else uniform between the smallest and the largest value of the members'
 * feature or channel. The random input depends on the query and the model's key alone: the same query has the same answer,
 * asked again or among others.
 */
export function hampOutputs({ members, inputShape, classes, key, logits }: OutputSetup): OutputFilter {
  const size = inputShape.reduce((product, side) => product * side, 1);
  const range = inputRange(members.x, inputShape);
  const randomOutputs = (x: Float32Array): Float32Array => {
    const inputs = new Float32Array(x.length);
    for (let start = 0; start < x.length; start += size) {
      const query = x.subarray(start, start + size);
      const bytes = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
      const stream = randomStream({ ...key, purpose: 'noise', epoch: crc32(bytes) });
      fillRandomInput(inputs.subarray(start, start + size), range, stream);
    }
    return logits(inputs);
  };
  return (own, x) => {
    const out = new Float32Array(own.length);
    const rows = own.length / classes;
    for (let row = 0; row < rows; row += chunk) {
      const end = Math.min(rows, row + chunk);
      const random = randomOutputs(x.subarray(row * size, end * size));
      for (let i = row; i < end; i++) {
        const at = (i - row) * classes;
        const values = random.subarray(at, at + classes);
        out.set(inOrderOf(own.subarray(i * classes, (i + 1) * classes), values), i * classes);
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
