import { badInput } from '../../errors';
import {
  chernoffPoints,
  type ChernoffPoints,
  composeLosses,
  deviation,
  listOf,
  type LossList,
  lossWindow,
  placesOfInterest,
  type RepeatedLosses,
  roughLosses,
} from './compose';
import { checkDelta, checkEpsilon, type SampledGaussian, type Spent, stretches } from './sampled-gaussian';
import { type GridLosses, stepLosses } from './step-losses';

/** Mass that each cut (of a step's tails, of the window on either side) moves to a larger loss. */
const tail = 1e-15;

/** Rounding error of delta per composed step: a power of the spectrum multiplies its relative error. */
const rounding = 4 * 2 ** -53;

/** The least delta that double precision resolves after a Fourier transform of few steps. */
const leastDelta = 1e-12;

/** Grid points within a standard deviation of one step's loss, and the least and most within the window. */
const grid = { perDeviation: 50, least: 2 ** 15, most: 2 ** 20 };

/** What is known of the privacy of some steps: delta as a function of epsilon, and its inverse. */
export interface PrivacyLoss {
  /**
   * The smallest epsilon >= 0 at a delta below 1; Infinity without privacy.
   *
   * @throws UserError if delta is out of range, or below what is resolved: 1e-12, above 1000 steps 1e-15 a step
   */
  epsilon(delta: number): number;
  /**
   * The smallest delta, in [0, 1], at an epsilon >= 0, not resolved below 1e-12.
   *
   * @throws UserError if epsilon is out of range
   */
  delta(epsilon: number): number;
}

/**
 * Near-tight accounting of steps of the Poisson-subsampled Gaussian mechanism: the distribution of the privacy loss is put
 * on a grid that never overstates privacy, and composed by the Fourier transform (Koskela et al. 2020,
 * arXiv:1906.03049; Doroshenko et al. 2022, arXiv:2207.04380). Neighbors differ by one record added or removed; the
 * larger of both directions counts. Rounding aside, results are upper bounds; they exceed the exact values by less than
 * 0.1 % except where single rare steps lose far more privacy than all others.
 *
 * @throws UserError if a sample rate, noise multiplier or number of steps is out of range
 */
export function privacyLoss(spent: Spent): PrivacyLoss {
  const list = stretches(spent);
  const composed = composeBoth(list);
  const steps = list.reduce((sum, stretch) => sum + stretch.steps, 0);
  const resolved = Math.max(leastDelta, 2 * steps * rounding);
  return {
    epsilon(delta) {
      checkDelta(delta);
      if (delta < resolved) {
        const rule = `must be at least ${resolved.toPrecision(2)} for the numeric accountant and ${steps} steps`;
        throw badInput('delta', delta, rule, "Choose a larger one, or the accountant 'rdp'");
      }
      return Math.max(...composed.map((losses) => epsilonAt(losses, delta)));
    },
    delta(epsilon) {
      checkEpsilon(epsilon);
      return Math.max(...composed.map((losses) => deltaAt(losses, epsilon)));
    },
  };
}

/** The losses of both directions; a single certain loss where there is nothing to compose. */
function composeBoth(list: readonly SampledGaussian[]): readonly GridLosses[] {
  const single = { width: 1, lowest: 0, mass: Float64Array.of(0) };
  if (list.length === 0) return [{ ...single, infinite: 0 }];
  if (list.some(({ noiseMultiplier }) => noiseMultiplier === 0)) return [{ ...single, infinite: 1 }];
  const stepTail = tail / list.reduce((sum, { steps }) => sum + steps, 0);
  const parts = list.map(({ sampleRate, noiseMultiplier, steps }) => {
    const shape = { q: sampleRate, sigma: noiseMultiplier };
    const { from, to } = placesOfInterest(shape, stepTail);
    return { shape, steps, from, to, rough: roughLosses(shape, steps, stepTail) };
  });
  const plans = directions.map((direction) => plan(parts.map(({ rough }) => rough[direction])));
  // Removal has the larger losses; addition, nearly certain where the noise is small, would ask for a needless width.
  const width = Math.max(plans[0].fine, ...plans.map(({ coarse }) => coarse));
  const steps = parts.map(({ shape, from, to }) => stepLosses(shape, width, from, to));
  return directions.map((direction, which) => {
    const repeated = steps.map((step, i) => ({ step: step[direction], steps: parts[i].steps }));
    return compose(repeated, plans[which].points);
  });
}

const directions = ['removal', 'addition'] as const;

/** Chernoff's points of one direction and its grid widths: one fine enough, and the least that is still quick. */
function plan(lists: readonly LossList[]): { points: ChernoffPoints; fine: number; coarse: number } {
  const points = chernoffPoints(lists, tail);
  const { low, high } = lossWindow(lists, points, tail);
  const ofSteps = lists.map(({ losses }) => Math.abs(losses[losses.length - 1] - losses[0]));
  const deviations = lists.map(deviation);
  return {
    points,
    fine: Math.min((high - low) / grid.least, ...deviations.map((sigma) => sigma / grid.perDeviation)),
    coarse: Math.max(high - low, ...ofSteps) / grid.most,
  };
}

function compose(parts: readonly RepeatedLosses[], points: ChernoffPoints): GridLosses {
  const lists = parts.map(({ step, steps }) => listOf(step, steps));
  const total = composeLosses(parts, lossWindow(lists, points, tail));
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  return { ...total, infinite: total.infinite + tail + steps * rounding };
}

/** delta = infinite + sum over losses L above epsilon of mass (1 - e^(epsilon - L)), at most 1. */
export function deltaAt({ width, lowest, mass, infinite }: GridLosses, epsilon: number): number {
  let sum = infinite;
  for (let i = mass.length - 1; i >= 0; i--) {
    const above = (lowest + i) * width - epsilon;
    if (above <= 0) break;
    sum -= mass[i] * Math.expm1(-above);
  }
  return Math.min(1, Math.max(0, sum));
}

/** The smallest epsilon >= 0 whose delta is at most `delta`; exact for losses on the grid. */
export function epsilonAt({ width, lowest, mass, infinite }: GridLosses, delta: number): number {
  if (infinite > delta) return Infinity;
  // Down from the top: all mass so far, and the same weighted by e^(loss here - its own loss).
  let [above, weighted] = [infinite, 0];
  for (let i = mass.length - 1; i >= 0; i--) {
    const loss = (lowest + i) * width;
    if (loss < 0) break;
    weighted = weighted * Math.exp(-width) + mass[i];
    above += mass[i];
    // From this loss down to the next lower one, delta(epsilon) = above - e^(epsilon - loss) weighted.
    if (above - weighted * Math.exp(-width) > delta) {
      return Math.max(0, loss + Math.log((above - delta) / weighted));
    }
  }
  return 0;
}
