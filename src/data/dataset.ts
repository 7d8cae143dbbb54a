/** Records with class labels, ready to be split and trained on. */
export interface Dataset {
  readonly name: string;
  readonly title: string;
  /** True if the records were generated rather than collected; every report made with them says so. */
  readonly synthetic: boolean;
  /** Number of records n. */
  readonly records: number;
  /** Number of features d. */
  readonly features: number;
  readonly classes: number;
  /** Features, row-major [n, d]; binary data stay uint8 until they are batched. */
  readonly x: Uint8Array | Float32Array;
  /** True classes, [n], each in 0 .. classes-1. */
  readonly y: Int32Array;
  /** SHA-256 of the file that the records were read from, hex. */
  readonly sha256: string;
  readonly source: string;
  readonly license: string;
  readonly citation: string;
}

/** Copies chosen records as float32, row-major [indices.length, d]. */
export function takeFeatures({ x, features }: Dataset, indices: Int32Array): Float32Array {
  const taken = new Float32Array(indices.length * features);
  indices.forEach((record, row) => {
    taken.set(x.subarray(record * features, (record + 1) * features), row * features);
  });
  return taken;
}

/** Copies the labels of chosen records, [indices.length]. */
export function takeLabels({ y }: Dataset, indices: Int32Array): Int32Array {
  return Int32Array.from(indices, (record) => y[record]);
}
