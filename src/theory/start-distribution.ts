import { badInput, UserError } from '../errors';
import { compensatedSum } from '../platform/math/quantile';
import { lossOfScaledLogit } from '../platform/math/log-space';
import { atScaledLogit, scaledLogitOfLoss, type Confidence } from './confidence';

/**
 * A distribution of the true-class probability p over records, as nodes and weights: what the flows start from.
 *
 * For a Beta or truncated normal distribution the nodes are equally spaced in the scaled logit phi = ln(p / (1 - p)),
 * where both densities are smooth and vanish at both ends, so that the trapezoidal rule converges geometrically
 * (Trefethen and Weideman 2014, SIAM Review 56). For a sample the nodes are its records and nothing is approximated.
 */
export interface StartDistribution {
  readonly kind: 'beta' | 'truncated-normal' | 'sample';
  readonly label: string;
  /** Scaled logits of the nodes, ascending, [n], all finite: every p lies inside (0, 1). */
  readonly phi: Float64Array;
  /** Weights, [n], positive, of sum 1. */
  readonly weights: Float64Array;
  /** Weights of the rule with twice the spacing (0 at every other node), for error estimates; null for a sample. */
  readonly coarse: Float64Array | null;
  /** Support in p: the interval that bounds of derivatives must cover. (0, 1) for the continuous ones. */
  readonly support: readonly [number, number];
  /** The same distribution with half the spacing between nodes; null for a sample, which is exact as it is. */
  readonly refined: (() => StartDistribution) | null;
}

/** A number and an estimate of its numeric error (absolute). For a sample the sampling error is not part of it. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/**
 * p ~ Beta(a, b), density proportional to p^(a-1) (1-p)^(b-1) on (0, 1).
 *
 * @param a in [0.2, 1e6]
 * @param b in [0.2, 1e6]
 * @throws UserError when a or b is outside its range
 */
export function betaStart(a: number, b: number): StartDistribution {
  for (const [name, value] of [
    ['a of Beta(a, b)', a],
    ['b of Beta(a, b)', b],
  ] as const) {
    if (!(value >= 0.2 && value <= 1e6)) {
      throw badInput(name, value, 'must be in [0.2, 1e6]', 'Mean a / (a + b), spread falls with a + b');
    }
  }
  // Density in phi: p^a q^b.
  const logDensity = (phi: number): number => -a * lossOfScaledLogit(phi) - b * lossOfScaledLogit(-phi);
  return continuous('beta', `p ~ Beta(${a}, ${b})`, logDensity, Math.log(a / b));
}

/**
 * Cross-entropy loss u ~ N(mean, sd^2), cut off at u > 0 (p < 1) and renormalized.
 *
 * @param mean of the normal before it is cut, in [-10 sd, 400]; after the cut the mean is larger
 * @param sd of the normal before it is cut, in [1e-6, 10]
 * @throws UserError when one is outside its range, or next to no mass lies inside p in (0, 1)
 */
export function truncatedNormalStart(mean: number, sd: number): StartDistribution {
  if (!(sd >= 1e-6 && sd <= 10)) {
    throw badInput(
      'sd of the truncated normal',
      sd,
      'must be in [1e-6, 10]',
      'Give it in units of the CE loss',
    );
  }
  if (!(mean >= -10 * sd && mean <= 400)) {
    throw badInput(
      'mean of the truncated normal',
      mean,
      `must be in [-10 sd, 400] = [${-10 * sd}, 400]: the CE loss u is positive, for p = e^-u lies inside (0, 1)`,
      'Give the mean CE loss, e.g. 2.3 for a tenth of confidence',
    );
  }
  // Density in phi: exp(-(u - mean)^2 / (2 sd^2)) |du / dphi| with |du / dphi| = q.
  const logDensity = (phi: number): number =>
    -((lossOfScaledLogit(phi) - mean) ** 2) / (2 * sd * sd) - lossOfScaledLogit(-phi);
  const guess = scaledLogitOfLoss(Math.max(mean, sd / 100));
  return continuous('truncated-normal', `u ~ N(${mean}, ${sd}^2), u > 0`, logDensity, guess);
}

/**
 * The empirical distribution of cross-entropy losses, e.g. of a model's members; each record has weight 1 / n.
 *
 * @param losses [n], n >= 1, each in (0, 700], that is p inside (0, 1)
 * @throws UserError that names the first loss outside (0, 700]
 */
export function sampleStart(losses: ArrayLike<number>): StartDistribution {
  const n = losses.length;
  if (n === 0)
    throw badInput('the number of losses', 0, 'a distribution needs at least one', 'Pass the losses');
  const phi = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    if (!(losses[i] > 0 && losses[i] <= 700)) {
      throw badInput(
        `losses[${i}]`,
        losses[i],
        'must be in (0, 700]: p = e^-u has to lie inside (0, 1), also as a double',
        'Compute losses in float64 from logits (ceLosses); a loss of exactly 0 is a probability that was rounded to 1',
      );
    }
    phi[i] = scaledLogitOfLoss(losses[i]);
  }
  phi.sort();
  const support: [number, number] = [atScaledLogit(phi[0]).p, atScaledLogit(phi[n - 1]).p];
  return {
    kind: 'sample',
    label: `sample of ${n} losses`,
    phi,
    weights: new Float64Array(n).fill(1 / n),
    coarse: null,
    support,
    refined: null,
  };
}

/**
 * E[g] under the distribution, with the difference to the rule of twice the spacing as error: far above the true error,
 * which falls geometrically with the number of nodes.
 *
 * @throws UserError when the expectation does not exist (g grows faster than the tail of the density falls)
 */
export function expectation(start: StartDistribution, g: (at: Confidence) => number): Estimate {
  return weightedSum(
    start,
    Float64Array.from(start.phi, (phi) => g(atScaledLogit(phi))),
  );
}

/** Sum of weights times values at the nodes, [n], with its error. Throws as `expectation`. */
export function weightedSum(start: StartDistribution, values: Float64Array): Estimate {
  const terms = values.map((value, i) => value * start.weights[i]);
  const value = compensatedSum(terms);
  if (start.coarse === null) return { value, error: 0 };
  const scale = compensatedSum(terms.map(Math.abs));
  const edge = Math.abs(terms[0]) + Math.abs(terms[terms.length - 1]);
  if (!(edge <= 1e-8 * scale) && scale !== 0) {
    throw new UserError(
      `An expectation under ${start.label} does not exist: the integrand grows faster than the density falls. ` +
        'Take a start distribution with less mass near p = 0 and p = 1, or a sample.',
    );
  }
  const coarse = compensatedSum(values.map((term, i) => term * start.coarse![i]));
  return { value, error: Math.abs(value - coarse) + 1e-15 * scale };
}

/** Mean and variance of values at the nodes, [n], the variance in two passes. */
export function meanAndVariance(
  start: StartDistribution,
  values: Float64Array,
): { readonly mean: Estimate; readonly variance: Estimate } {
  const mean = weightedSum(start, values);
  const variance = weightedSum(
    start,
    values.map((value) => (value - mean.value) ** 2),
  );
  return { mean, variance };
}

/** Cov(x, y) of values at the nodes. */
export function covariance(start: StartDistribution, x: Float64Array, y: Float64Array): Estimate {
  const meanX = weightedSum(start, x).value;
  const meanY = weightedSum(start, y).value;
  return weightedSum(
    start,
    x.map((value, i) => (value - meanX) * (y[i] - meanY)),
  );
}

/** Nats below the mode at which the density is left out: e^-80 of it, also with an integrand that grows some. */
const DEPTH = 80;

/** Trapezoidal nodes, halving the spacing until mean and variance of p and u stand still, and once more. */
function continuous(
  kind: 'beta' | 'truncated-normal',
  label: string,
  logDensity: (phi: number) => number,
  guess: number,
): StartDistribution {
  const mode = climb(logDensity, guess);
  const top = logDensity(mode);
  const low = edge(logDensity, mode, -1, top - DEPTH);
  const high = edge(logDensity, mode, 1, top - DEPTH);
  function build(intervals: number): StartDistribution {
    const phi = Float64Array.from({ length: intervals + 1 }, (_, i) => low + ((high - low) * i) / intervals);
    const density = phi.map((x) => Math.exp(logDensity(x) - top));
    const coarse = normalized(density.map((d, i) => (i % 2 === 0 ? d : 0)));
    const refined = (): StartDistribution => build(2 * intervals);
    return { kind, label, phi, weights: normalized(density), coarse, support: [0, 1], refined };
  }
  let intervals = 256;
  let start = build(intervals);
  while (intervals < 16384) {
    const last = momentsOf(start);
    intervals *= 2;
    start = build(intervals);
    if (momentsOf(start).every((m, i) => Math.abs(m - last[i]) <= 1e-13 * Math.abs(m))) break;
  }
  return start;
}

function momentsOf({ phi, weights }: StartDistribution): number[] {
  const sums = [0, 0, 0, 0];
  phi.forEach((x, i) => {
    const { p, u } = atScaledLogit(x);
    sums[0] += weights[i] * p;
    sums[1] += weights[i] * p * p;
    sums[2] += weights[i] * u;
    sums[3] += weights[i] * u * u;
  });
  return sums;
}

function normalized(density: Float64Array): Float64Array {
  const sum = compensatedSum(density);
  return density.map((d) => d / sum);
}

/** Walks uphill with growing, then shrinking steps. */
function climb(f: (x: number) => number, x: number): number {
  for (let step = 1; step > 1e-7;) {
    if (f(x + step) > f(x)) x += step;
    else if (f(x - step) > f(x)) x -= step;
    else step /= 2;
  }
  return x;
}

/** Where a log density falls to `floor` on one side of its mode. */
function edge(f: (x: number) => number, mode: number, side: 1 | -1, floor: number): number {
  let reach = 1e-6;
  while (f(mode + side * reach) > floor) reach *= 1.5;
  return mode + side * reach;
}
