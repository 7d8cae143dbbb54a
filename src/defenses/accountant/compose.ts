import FFT from 'fft.js';
import { type BothDirections, type GridLosses, lossAt, type StepShape } from './step-losses';

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

/** Losses of one step on a grid, and how many such steps. */
export interface RepeatedLosses {
  readonly step: GridLosses;
  readonly steps: number;
}

/**
 * The sum of independent losses, all on grids of one width, by the discrete Fourier transform on a circle that spans at
 * least the window. What lies outside of the window wraps around: mass from below the window then counts as loss above,
 * which is no smaller; the caller adds what lies above the window to `infinite`.
 */
export function composeLosses(parts: readonly RepeatedLosses[], window: LossWindow): GridLosses {
  const { width } = parts[0].step;
  const lowest = Math.floor(window.low / width);
  const size = powerOfTwo(Math.ceil(window.high / width) - lowest + 1);
  const fft = new FFT(size);
  const product = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  parts.forEach(({ step, steps }, which) => {
    fft.realTransform(spectrum, onCircle(step, size));
    multiplyPower(product, spectrum, steps, which === 0);
  });
  fft.completeSpectrum(product);
  fft.inverseTransform(spectrum, product);
  const start = modulo(lowest, size);
  const mass = new Float64Array(size);
  for (let i = 0; i < size; i++) mass[i] = spectrum[2 * ((start + i) % size)];
  const logFinite = parts.reduce((sum, { step, steps }) => sum + steps * Math.log1p(-step.infinite), 0);
  return { width, lowest, mass, infinite: -Math.expm1(logFinite) };
}

/** How many grid points a composition over a window takes. */
export function powerOfTwo(atLeast: number): number {
  return 2 ** Math.max(2, Math.ceil(Math.log2(atLeast)));
}

function onCircle({ lowest, mass }: GridLosses, size: number): Float64Array {
  const circle = new Float64Array(size);
  let at = modulo(lowest, size);
  for (const m of mass) {
    circle[at] += m;
    at = at + 1 === size ? 0 : at + 1;
  }
  return circle;
}

function modulo(i: number, size: number): number {
  return ((i % size) + size) % size;
}

/** Multiplies the first half of a spectrum (or, the first time, sets it) by a power of another one. */
function multiplyPower(product: Float64Array, spectrum: Float64Array, power: number, first: boolean): void {
  for (let i = 0; i <= product.length / 2; i += 2) {
    const length = Math.hypot(spectrum[i], spectrum[i + 1]) ** power;
    const angle = Math.atan2(spectrum[i + 1], spectrum[i]) * power;
    const [re, im] = [length * Math.cos(angle), length * Math.sin(angle)];
    const [a, b] = first ? [1, 0] : [product[i], product[i + 1]];
    product[i] = a * re - b * im;
    product[i + 1] = a * im + b * re;
  }
}
