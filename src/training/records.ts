import type { Role } from '../platform/math/random';

/** Records as the trainer takes them. */
export interface Records {
  /** Features, row-major [n, d]. */
  readonly x: Float32Array;
  /** True classes, [n]. */
  readonly y: Int32Array;
}

/** Copies of chosen records, in the order of their numbers. */
export function takeRecords({ x, y }: Records, records: Int32Array): Records {
  const size = x.length / y.length;
  const taken = new Float32Array(records.length * size);
  records.forEach((record, i) => taken.set(x.subarray(record * size, (record + 1) * size), i * size));
  return { x: taken, y: Int32Array.from(records, (record) => y[record]) };
}

/** Whose random numbers. The defense is no part of it: two defenses of one key start and shuffle alike. */
export interface TrainingKey {
  readonly seed: number;
  readonly role: Role;
  readonly index: number;
}

/**
 * Where the random numbers of a teacher come from: its own streams under those of its model.
 *
 * @param teacher `index`: which teacher of the model, from 0 to 63
 */
export function teacherKey(
  { seed, role, index }: TrainingKey,
  teacher: { readonly index: number },
): TrainingKey {
  const model = role === 'target' ? 0 : index + 1;
  return { seed, role: 'part', index: model * 64 + teacher.index };
}
