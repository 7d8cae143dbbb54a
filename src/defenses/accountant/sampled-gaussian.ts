import { badInput } from '../../errors';

/**
 * Steps of the Poisson-subsampled Gaussian mechanism, which is what DP-SGD releases: each record enters a step with the
 * same chance, independently of all others and of other steps; gradients are clipped to an L2 norm C, summed, and
 * N(0, (noiseMultiplier C)^2) is added to each coordinate of the sum.
 */
export interface SampledGaussian {
  /** Chance of a record to enter a step, in (0, 1]: expected batch size / number of records. */
  readonly sampleRate: number;
  /** Standard deviation of the noise in units of the clip norm, at least 0; 0 has no privacy. */
  readonly noiseMultiplier: number;
  /** Number of steps, at least 0. */
  readonly steps: number;
}

/** One stretch of steps, or several one after the other with other rates or noise. */
export type Spent = SampledGaussian | readonly SampledGaussian[];

/**
 * The stretches that count (those with steps), checked.
 *
 * @throws UserError if a sample rate, noise multiplier or number of steps is out of range
 */
export function stretches(spent: Spent): readonly SampledGaussian[] {
  const list = isList(spent) ? spent : [spent];
  for (const { sampleRate, noiseMultiplier, steps } of list) {
    checkSampleRate(sampleRate);
    if (!(noiseMultiplier >= 0 && noiseMultiplier < Infinity)) {
      throw badInput(
        'noise multiplier',
        noiseMultiplier,
        'must be at least 0',
        'Typical values are 0.5 to 4',
      );
    }
    checkSteps(steps, 0);
  }
  return list.filter(({ steps }) => steps > 0);
}

function isList(spent: Spent): spent is readonly SampledGaussian[] {
  return Array.isArray(spent);
}

export function checkSampleRate(sampleRate: number): void {
  if (!(sampleRate > 0 && sampleRate <= 1)) {
    const remedy = 'It is the expected batch size divided by the number of records';
    throw badInput('sample rate', sampleRate, 'must be above 0 and at most 1', remedy);
  }
}

export function checkSteps(steps: number, least: number): void {
  if (!(Number.isInteger(steps) && steps >= least)) {
    const remedy = 'It is the number of epochs times the steps of an epoch';
    throw badInput('number of steps', steps, `must be a whole number, at least ${least}`, remedy);
  }
}

/** @throws UserError unless least <= delta < 1, delta > 0 */
export function checkDelta(delta: number): void {
  if (!(delta > 0 && delta < 1)) {
    const remedy = 'Choose it well below 1 / number of records, such as 1e-5';
    throw badInput('delta', delta, 'must be above 0 and below 1', remedy);
  }
}

export function checkEpsilon(epsilon: number): void {
  if (!(epsilon >= 0)) {
    throw badInput('epsilon', epsilon, 'must be at least 0', 'Typical values are 0.5 to 10');
  }
}
