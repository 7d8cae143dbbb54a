import { type FeatureRows, numbersUpTo, scaled, scaleOf, takeRows, type Lesson } from './lesson';

export interface SvmOptions {
  /** Penalty of the slack, above 0. */
  readonly c: number;
  /** Largest violation of the optimality conditions; default 1e-3. */
  readonly tolerance?: number;
}

/** Below it a curvature counts as none. */
const least = 1e-12;

interface Dual {
  /** y_i y_j K(x_i, x_j), [n, n]. */
  readonly q: Float64Array;
  /** 1 or -1, [n]. */
  readonly y: Float64Array;
  readonly alpha: Float64Array;
  /** Slope of the dual objective, [n]. */
  readonly slope: Float64Array;
  readonly c: number;
}

/**
 * Support vector machine with a Gaussian kernel on standardized features: the dual of scikit-learn's SVC, by sequential
 * minimal optimization with second-order working sets (Fan, Chen and Lin 2005, JMLR 6). The whole kernel matrix is held:
 * 8 n^2 bytes.
 *
 * @returns a function from rows to decision values, [n]; member if >= 0
 */
export function svmFit({ rows, members }: Lesson, options: SvmOptions): (rows: FeatureRows) => Float64Array {
  const { c, tolerance = 1e-3 } = options;
  const gamma = 1 / rows.width;
  const scale = scaleOf(rows);
  const known = scaled(rows, scale);
  const y = Float64Array.from(members, (flag) => 2 * flag - 1);
  const { n } = known;
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++)
      q[i * n + j] = q[j * n + i] = y[i] * y[j] * kernel(known, i, known, j, gamma);
  }
  const dual = { q, y, alpha: new Float64Array(n), slope: new Float64Array(n).fill(-1), c };
  for (let step = 0; step < Math.max(10_000, 200 * n); step++) {
    const pair = workingPair(dual, tolerance);
    if (pair === undefined) break;
    improve(dual, pair[0], pair[1]);
  }
  const bias = biasOf(dual);
  const support = numbersUpTo(n).filter((i) => dual.alpha[i] > 0);
  const vectors = takeRows(known, support);
  const weights = Float64Array.from(support, (i) => y[i] * dual.alpha[i]);
  return (asked) => {
    const own = scaled(asked, scale);
    const out = new Float64Array(own.n);
    for (let row = 0; row < own.n; row++) {
      let sum = bias;
      for (let s = 0; s < weights.length; s++) sum += weights[s] * kernel(vectors, s, own, row, gamma);
      out[row] = sum;
    }
    return out;
  };
}

function kernel(a: FeatureRows, i: number, b: FeatureRows, j: number, gamma: number): number {
  const { width, values } = a;
  const others = b.values;
  const [from, to] = [i * width, j * width];
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = values[from + k] - others[to + k];
    sum += difference * difference;
  }
  return Math.exp(-gamma * sum);
}

const canRise = ({ y, alpha, c }: Dual, t: number): boolean => (y[t] > 0 ? alpha[t] < c : alpha[t] > 0);
const canFall = ({ y, alpha, c }: Dual, t: number): boolean => (y[t] > 0 ? alpha[t] > 0 : alpha[t] < c);

/** The most violating record and the partner that promises the largest gain; undefined when the dual is solved. */
function workingPair(dual: Dual, tolerance: number): readonly [number, number] | undefined {
  const { q, y, slope } = dual;
  const n = y.length;
  let i = -1;
  let highest = -Infinity;
  for (let t = 0; t < n; t++) {
    if (canRise(dual, t) && -y[t] * slope[t] > highest) {
      highest = -y[t] * slope[t];
      i = t;
    }
  }
  if (i < 0) return undefined;
  let j = -1;
  let lowest = Infinity;
  let best = Infinity;
  for (let t = 0; t < n; t++) {
    if (!canFall(dual, t)) continue;
    const own = -y[t] * slope[t];
    lowest = Math.min(lowest, own);
    const gap = highest - own;
    if (gap <= 0) continue;
    const curvature = q[i * n + i] + q[t * n + t] - 2 * y[i] * y[t] * q[i * n + t];
    const gain = -(gap * gap) / Math.max(curvature, least);
    if (gain < best) {
      best = gain;
      j = t;
    }
  }
  return j < 0 || highest - lowest < tolerance ? undefined : [i, j];
}

/** Moves two multipliers to the minimum along their line inside the box. */
function improve({ q, y, alpha, slope, c }: Dual, i: number, j: number): void {
  const n = y.length;
  const curvature = Math.max(q[i * n + i] + q[j * n + j] - 2 * y[i] * y[j] * q[i * n + j], least);
  // Along the line y_i alpha_i rises by t and y_j alpha_j falls by t.
  let t = (-y[i] * slope[i] + y[j] * slope[j]) / curvature;
  const roomI = y[i] > 0 ? c - alpha[i] : alpha[i];
  const roomJ = y[j] > 0 ? alpha[j] : c - alpha[j];
  t = Math.min(t, roomI, roomJ);
  // A bound that is reached is set exactly, so that it counts as reached.
  const nextI = t === roomI ? (y[i] > 0 ? c : 0) : alpha[i] + y[i] * t;
  const nextJ = t === roomJ ? (y[j] > 0 ? 0 : c) : alpha[j] - y[j] * t;
  const [stepI, stepJ] = [nextI - alpha[i], nextJ - alpha[j]];
  alpha[i] = nextI;
  alpha[j] = nextJ;
  for (let k = 0; k < n; k++) slope[k] += q[i * n + k] * stepI + q[j * n + k] * stepJ;
}

/** The mean over free multipliers; the middle of what the bounds allow where none is free. */
function biasOf(dual: Dual): number {
  const { y, alpha, slope, c } = dual;
  let sum = 0;
  let free = 0;
  let above = -Infinity;
  let below = Infinity;
  for (let t = 0; t < y.length; t++) {
    const own = -y[t] * slope[t];
    if (alpha[t] > 0 && alpha[t] < c) {
      sum += own;
      free++;
    }
    if (canRise(dual, t)) above = Math.max(above, own);
    if (canFall(dual, t)) below = Math.min(below, own);
  }
  return free > 0 ? sum / free : (above + below) / 2;
}
