import { lossAt, type BothDirections, type GridLosses, type StepShape } from './step-losses';

/** A list of losses with their masses, several steps of it. */
export interface LossList {
  readonly losses: Float64Array;
  readonly mass: Float64Array;
  readonly steps: number;
}

/** Between which total losses all but `tail` of the mass on either side lies. */
export interface LossWindow {
  readonly low: number;
  readonly high: number;
}

/** Places z outside of which less than `tail` of N(0, sigma^2) and N(1, sigma^2) lies on either side: Phi(-x) <= e^(-x^2 / 2) / 2. */
export function placesOfInterest({ sigma }: StepShape, tail: number): { from: number; to: number } {
  const reach = Math.sqrt(-2 * Math.log(2 * tail)) * sigma;
  return { from: -reach, to: 1 + reach };
}

/** A rough list of the losses of one step, by the trapezoidal rule in z: for choosing a grid, not for results. */
export function roughLosses(shape: StepShape, steps: number, tail: number): BothDirections<LossList> {
  const { q, sigma } = shape;
  const { from, to } = placesOfInterest(shape, tail);
  const points = Math.min(20_000, Math.ceil((10 * (to - from)) / sigma));
  const losses = new Float64Array(points);
  const [p, added] = [new Float64Array(points), new Float64Array(points)];
  const spacing = (to - from) / (points - 1);
  for (let i = 0; i < points; i++) {
    const z = from + i * spacing;
    losses[i] = lossAt(shape, z);
    const scale = spacing / (sigma * Math.sqrt(2 * Math.PI));
    added[i] = scale * Math.exp(-0.5 * (z / sigma) ** 2);
    p[i] = (1 - q) * added[i] + q * scale * Math.exp(-0.5 * ((z - 1) / sigma) ** 2);
  }
  return {
    removal: { losses, mass: p, steps },
    addition: { losses: losses.map((loss) => -loss), mass: added, steps },
  };
}

/** The losses of a grid as a list. */
export function listOf({ width, lowest, mass }: GridLosses, steps: number): LossList {
  return { losses: mass.map((_, i) => (lowest + i) * width), mass, steps };
}

/** Standard deviation of the loss of one step. */
export function deviation({ losses, mass }: LossList): number {
  const mean = losses.reduce((sum, loss, i) => sum + mass[i] * loss, 0);
  return Math.sqrt(losses.reduce((sum, loss, i) => sum + mass[i] * (loss - mean) ** 2, 0));
}

/** The t of Chernoff's bound on either side: `low` below 0, `high` above. */
export type ChernoffPoints = LossWindow;

/**
 * Where the sum of all losses lies, by Chernoff's bound: P(sum > high) <= tail for high = (K(t) + ln(1 / tail)) / t, t > 0,
 * K the logarithm of the moment generating function; below likewise with t < 0. Valid for any t, narrow at the best.
 */
export function lossWindow(lists: readonly LossList[], at: ChernoffPoints, tail: number): LossWindow {
  return { low: -chernoffBound(lists, at.low, tail), high: chernoffBound(lists, at.high, tail) };
}

/** The best t on either side, by golden section in ln |t|. */
export function chernoffPoints(lists: readonly LossList[], tail: number): ChernoffPoints {
  const variance = lists.reduce((sum, list) => sum + list.steps * deviation(list) ** 2, 0);
  const best = (sign: number): number => {
    const bound = (logT: number): number => chernoffBound(lists, sign * Math.exp(logT), tail);
    const center = -0.5 * Math.log(Math.max(variance, Number.MIN_VALUE));
    return sign * Math.exp(goldenMinimum(bound, center - 10, center + 7));
  };
  return { low: best(-1), high: best(1) };
}

function chernoffBound(lists: readonly LossList[], t: number, tail: number): number {
  const cumulant = lists.reduce((sum, list) => sum + list.steps * logMoment(list, t), 0);
  return (cumulant - Math.log(tail)) / Math.abs(t);
}

/** ln E[e^(t loss)]. */
function logMoment({ losses, mass }: LossList, t: number): number {
  let highest = -Infinity;
  for (let i = 0; i < losses.length; i++) if (mass[i] > 0) highest = Math.max(highest, t * losses[i]);
  let sum = 0;
  for (let i = 0; i < losses.length; i++) {
    if (mass[i] > 0) sum += mass[i] * Math.exp(t * losses[i] - highest);
  }
  return highest + Math.log(sum);
}

/** Where a function with one valley is least, to about 1e-3 of the interval. */
function goldenMinimum(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [atA, atB] = [f(a), f(b)];
  for (let i = 0; i < 16; i++) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - ratio * (high - low);
      atA = f(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + ratio * (high - low);
      atB = f(b);
    }
  }
  return (low + high) / 2;
}
