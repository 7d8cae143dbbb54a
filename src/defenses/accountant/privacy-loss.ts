import { badInput } from '../../errors';
import { composeLosses } from './compose';
import {
  chernoffPoints,
  deviation,
  listOf,
  lossWindow,
  placesOfInterest,
  roughLosses,
  type ChernoffPoints,
  type LossList,
} from './loss-window';
import { checkDelta, checkEpsilon, stretches, type SampledGaussian, type Spent } from './sampled-gaussian';
import { stepLosses, type BothDirections, type GridLosses } from './step-losses';

/** Mass that each cut (of a step's tails, of the window on either side) moves to a larger loss. */
const tail = 1e-15;

/** The least delta that double precision resolves after a Fourier transform. */
const leastDelta = 1e-11;

/** Grid points within a standard deviation of one step's loss, and the least and most within the window. */
const grid = { perDeviation: 50, least: 2 ** 15, most: 2 ** 21 };

/** What is known of the privacy of some steps: delta as a function of epsilon, and its inverse. */
export interface PrivacyLoss {
  /**
   * The smallest epsilon >= 0 at a delta in [1e-11, 1); Infinity without privacy.
   *
   * @throws UserError if delta is out of range
   */
  epsilon(delta: number): number;
  /**
   * The smallest delta, in [0, 1], at an epsilon >= 0, not resolved below 1e-11.
   *
   * @throws UserError if epsilon is out of range
   */
  delta(epsilon: number): number;
}

/**
 * Near-tight accounting of steps of the Poisson-subsampled Gaussian mechanism: the distribution of the privacy loss is put
 * on a grid such that privacy is never overstated, and composed by the Fourier transform (Koskela et al. 2020,
 * arXiv:1906.03049; Doroshenko et al. 2022, arXiv:2207.04380). Neighbors differ by one record added or removed; the
 * larger of both directions counts. Rounding aside, results are upper bounds; they exceed the exact values by less than
 * 0.1 % except where single rare steps lose far more privacy than all others.
 *
 * @throws UserError if a sample rate, noise multiplier or number of steps is out of range
 */
export function privacyLoss(spent: Spent): PrivacyLoss {
  const list = stretches(spent);
  const composed = composeBoth(list);
  return {
    epsilon(delta) {
      checkDelta(delta);
      if (delta < leastDelta) {
        const remedy = "Choose a larger delta, or the accountant 'rdp'";
        throw badInput('delta', delta, `must be at least ${leastDelta} for the numeric accountant`, remedy);
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
  const removal = plan(parts.map(({ rough }) => rough.removal));
  const addition = plan(parts.map(({ rough }) => rough.addition));
  const width = Math.min(removal.width, addition.width);
  const steps = parts.map(({ shape, from, to }) => stepLosses(shape, width, from, to));
  return (['removal', 'addition'] as const).map((direction) => {
    const repeated = steps.map((step, i) => ({ step: step[direction], steps: parts[i].steps }));
    return compose(repeated, direction === 'removal' ? removal.points : addition.points);
  });
}

/** Chernoff's points and the grid width for one direction, from the rough losses of its steps. */
function plan(lists: readonly LossList[]): { points: ChernoffPoints; width: number } {
  const points = chernoffPoints(lists, tail);
  const { low, high } = lossWindow(lists, points, tail);
  const fine = Math.min(...lists.map(deviation)) / grid.perDeviation;
  const span = Math.max(high - low, ...lists.map(({ losses }) => Math.abs(losses[losses.length - 1] - losses[0])));
  return { points, width: Math.max(Math.min(fine, (high - low) / grid.least), span / grid.most) };
}
