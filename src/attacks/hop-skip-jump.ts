import { fillNormals } from '../platform/math/normal-stream';
import type { RandomStream } from '../platform/math/random';
import { ask, type LabelQuery } from './label-query';

export interface HopSkipJumpOptions {
  /** Rounds of gradient estimate, step and search. */
  readonly rounds: number;
  /** Queries of the first gradient estimate; round t has sqrt(t) times as many, at most `mostQueries`. */
  readonly firstQueries: number;
  readonly mostQueries: number;
  /** Random inputs tried for a first misclassified one. */
  readonly starts: number;
  readonly lowest: number;
  readonly highest: number;
}

/** One input whose boundary is looked for. */
interface Search {
  readonly x: Float32Array;
  readonly wrong: (rows: Float32Array) => Uint8Array;
  readonly options: HopSkipJumpOptions;
  /** Precision of the binary search along a line, as a share of it. */
  readonly theta: number;
}

/**
 * Distance from an input to the nearest misclassified one that HopSkipJump finds (Chen, Jordan and Wainwright 2020, IEEE S&P,
 * arXiv:1904.02144; l2, untargeted), asking for labels only: a point beyond the boundary is moved to it by binary search, the
 * boundary's normal is estimated from labels around it, a step is taken along the normal, and again.
 *
 * @param x one input, [d], within lowest .. highest
 * @param label its true class
 * @returns l2 distance; 0 if the input itself is misclassified; Infinity if no start is
 */
export function hopSkipJump(
  query: LabelQuery,
  x: Float32Array,
  label: number,
  options: HopSkipJumpOptions,
  stream: RandomStream,
): number {
  const d = x.length;
  const wrong = (rows: Float32Array): Uint8Array =>
    Uint8Array.from(ask(query, rows, d), (answer) => (answer === label ? 0 : 1));
  if (wrong(x)[0] === 1) return 0;
  const search: Search = { x, wrong, options, theta: 1 / (d * Math.sqrt(d)) };
  const start = startOf(search, stream);
  if (start === undefined) return Infinity;
  let point = toBoundary(search, start);
  let nearest = distance(x, point);
  for (let round = 1; round <= options.rounds && nearest > 0; round++) {
    const far = distance(x, point);
    const radius = round === 1 ? 0.1 * (options.highest - options.lowest) : Math.sqrt(d) * search.theta * far;
    const normal = normalAt(search, point, radius, round, stream);
    point = toBoundary(search, stepAlong(search, point, normal, far / Math.sqrt(round)));
    nearest = Math.min(nearest, distance(x, point));
  }
  return nearest;
}

function startOf({ x, wrong, options }: Search, stream: RandomStream): Float32Array | undefined {
  const { lowest, highest, starts } = options;
  const d = x.length;
  const rows = Float32Array.from(
    { length: starts * d },
    () => lowest + (highest - lowest) * stream.uniform(),
  );
  const first = wrong(rows).indexOf(1);
  return first < 0 ? undefined : rows.slice(first * d, (first + 1) * d);
}

/** The last misclassified point on the way from a misclassified one to x, up to theta. */
function toBoundary({ x, wrong, theta }: Search, from: Float32Array): Float32Array {
  const at = (share: number): Float32Array => x.map((value, j) => value + share * (from[j] - value));
  let low = 0;
  let high = 1;
  let best = from;
  while (high - low > Math.max(theta, 1e-7)) {
    const middle = (low + high) / 2;
    const point = at(middle);
    if (wrong(point)[0] === 1) {
      high = middle;
      best = point;
    } else low = middle;
  }
  return best;
}

/** The unit normal of the boundary that points to the misclassified side, from labels of random neighbors. */
function normalAt(
  { wrong, options }: Search,
  point: Float32Array,
  radius: number,
  round: number,
  stream: RandomStream,
): Float64Array {
  const d = point.length;
  const count = Math.max(
    1,
    Math.min(options.mostQueries, Math.floor(options.firstQueries * Math.sqrt(round))),
  );
  const noise = new Float64Array(count * d);
  fillNormals(noise, stream);
  const rows = new Float32Array(count * d);
  for (let i = 0; i < count; i++) {
    const own = noise.subarray(i * d, (i + 1) * d);
    const length = lengthOf(own);
    for (let j = 0; j < d; j++) {
      rows[i * d + j] = clipped(point[j] + (radius * own[j]) / length, options);
      // The direction that was really taken, after clipping.
      own[j] = (rows[i * d + j] - point[j]) / radius;
    }
  }
  const signs = Float64Array.from(wrong(rows), (flag) => 2 * flag - 1);
  const mean = signs.reduce((sum, sign) => sum + sign, 0) / count;
  const allAlike = Math.abs(mean) === 1;
  const normal = new Float64Array(d);
  for (let i = 0; i < count; i++) {
    const weight = allAlike ? mean : signs[i] - mean;
    for (let j = 0; j < d; j++) normal[j] += weight * noise[i * d + j];
  }
  const length = lengthOf(normal);
  return length === 0 ? normal : normal.map((value) => value / length);
}

/** A misclassified point along the normal; the step is halved until it is one. */
function stepAlong(
  { wrong, options }: Search,
  point: Float32Array,
  normal: Float64Array,
  first: number,
): Float32Array {
  for (let step = first, tries = 0; tries < 30; step /= 2, tries++) {
    const next = point.map((value, j) => clipped(value + step * normal[j], options));
    if (wrong(next)[0] === 1) return next;
  }
  return point;
}

const clipped = (value: number, { lowest, highest }: HopSkipJumpOptions): number =>
  Math.min(highest, Math.max(lowest, value));

function lengthOf(values: Float64Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

function distance(a: Float32Array, b: Float32Array): number {
  let squares = 0;
  for (let j = 0; j < a.length; j++) squares += (a[j] - b[j]) ** 2;
  return Math.sqrt(squares);
}
