import { fillNormals } from '../platform/math/normal-stream';
import { randomStream, type RandomStream } from '../platform/math/random';
import type { SignalSet } from '../signals/signal-set';
import type { AttackContext, AttackScores } from './attack';
import { defineAttack, option, positive, type Filled } from './define-attack';
import { ask, labelOnlyScores, labelQueryShape, type LabelQuery } from './label-query';

const shape = {
  ...labelQueryShape,
  rounds: option(
    positive.default(10),
    'rounds of gradient estimate, step and search',
    'Chen et al. 2020 (HopSkipJump); 10 is ours',
  ),
  firstQueries: option(
    positive.default(50),
    'queries of the first gradient estimate; round t has sqrt(t) times as many',
    'Chen et al. 2020, who have 100',
  ),
  mostQueries: option(
    positive.default(1000),
    'most queries of a gradient estimate',
    'ours; the Adversarial Robustness Toolbox has 10,000',
  ),
  starts: option(
    positive.default(100),
    'random inputs tried for a first misclassified one',
    'Adversarial Robustness Toolbox (init_size)',
  ),
};

type Options = Filled<typeof shape>;

/**
 * Label-only boundary attack (Choquette-Choo et al. 2021, ICML, arXiv:2007.14321; Li and Zhang 2021, ACM CCS, arXiv:2007.15528):
 * members lie farther from the decision boundary. The distance is what HopSkipJump finds with labels alone; a misclassified
 * record has distance 0. All records are asked with the same random numbers, so their order plays no part.
 */
export const boundary = defineAttack(shape, (options) => {
  const { rounds, firstQueries, mostQueries, starts } = options;
  const queries = Array.from({ length: rounds }, (_, t) =>
    Math.min(mostQueries, Math.floor(firstQueries * Math.sqrt(t + 1))),
  ).reduce((sum, count) => sum + count, starts);
  return {
    name: 'boundary',
    title: 'Boundary distance (label-only, HopSkipJump)',
    formula: 'l2 distance from x to the nearest misclassified input found; 0 if x is misclassified',
    reference:
      'Choquette-Choo et al. 2021, arXiv:2007.14321; Li and Zhang 2021, arXiv:2007.15528; HopSkipJump: Chen et al. 2020, arXiv:1904.02144',
    threatModel:
      'The predicted class of any input; each record and its label; a shadow model that can be asked sets the cut, if given.',
    needs: options.query === undefined ? ['query'] : [],
    fittedOn: 'nothing',
    cost: {
      queries: `about ${queries} a record and some dozens a round for the searches`,
      models: 'one shadow model for its cut',
    },
    differences:
      'The Adversarial Robustness Toolbox, which the public codes call, starts at up to 10,000 queries a gradient. The official ' +
      'code of CCL carries the attack, but no command reaches it. A record without a misclassified start has the largest distance.',
    scores: (set, context) => score(set, options, context),
  };
});

function score(set: SignalSet, options: Options, { seed, signal }: AttackContext): AttackScores {
  let without = 0;
  const found = labelOnlyScores(
    set,
    'boundary',
    options,
    ({ query, x, width, labels }, i) => {
      const stream = randomStream({ seed, role: 'evaluation', purpose: 'noise' });
      const own = x.slice(i * width, (i + 1) * width);
      const far = hopSkipJump(query, own, labels[i], options, stream);
      if (far !== Infinity) return far;
      without++;
      return Math.sqrt(width) * (options.highest - options.lowest);
    },
    signal,
  );
  return without === 0
    ? found
    : { ...found, notes: [...found.notes, { code: 'never-misclassified', records: without }] };
}

type HopSkipJumpOptions = Omit<Options, keyof typeof labelQueryShape> & Pick<Options, 'lowest' | 'highest'>;

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
