/** Rows of features, row-major [n, width], finite. */
export interface FeatureRows {
  readonly n: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** 0 .. n-1. */
export function numbersUpTo(n: number): Uint32Array {
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) out[i] = i;
  return out;
}

/** Positions of the rows in lexicographic order of their features; equal rows by membership, if given. */
export function canonicalOrder({ n, width, values }: FeatureRows, members?: Uint8Array): Uint32Array {
  return numbersUpTo(n).sort((a, b) => {
    for (let j = 0; j < width; j++) {
      const difference = values[a * width + j] - values[b * width + j];
      if (difference !== 0) return difference;
    }
    return members === undefined ? 0 : members[a] - members[b];
  });
}

/** Mean and deviation of each feature, [width]. */
export interface FeatureScale {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Moments of the features (ddof 0; 1 for a constant one), the same bits for rows in any order. */
export function scaleOf(rows: FeatureRows): FeatureScale {
  const { n, width, values } = rows;
  const order = canonicalOrder(rows);
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const i of order) for (let j = 0; j < width; j++) means[j] += values[i * width + j] / n;
  for (const i of order)
    for (let j = 0; j < width; j++) squares[j] += (values[i * width + j] - means[j]) ** 2 / n;
  // Rounding leaves a constant feature with a deviation near 1e-16 of its size.
  const deviations = squares.map((square, j) => (square <= (1e-12 * means[j]) ** 2 ? 1 : Math.sqrt(square)));
  return { means, deviations };
}

/** Features with mean 0 and deviation 1 on the rows that the scale was taken from. */
export function scaled({ n, width, values }: FeatureRows, { means, deviations }: FeatureScale): FeatureRows {
  const out = new Float64Array(values.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      out[at] = (values[at] - means[j]) / deviations[j];
    }
  }
  return { n, width, values: out };
}

/** Some of the rows, in the order of `records`. */
export function takeRows({ width, values }: FeatureRows, records: ArrayLike<number>): FeatureRows {
  const out = new Float64Array(records.length * width);
  for (let to = 0, at = 0; to < records.length; to++) {
    const start = records[to] * width;
    for (let j = 0; j < width; j++) out[at++] = values[start + j];
  }
  return { n: records.length, width, values: out };
}
