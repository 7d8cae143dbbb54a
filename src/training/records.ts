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
