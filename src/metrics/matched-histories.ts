import { badInput } from '../errors';
import type { Interval, IntervalMethod } from './interval';
import { meanOverSeeds, pairedComparison } from './over-seeds';
import { quantileOfSorted, sortedCopy, mean, populationVariance } from '../platform/math/quantile';

/** One training run, epoch by epoch. */
export interface LossHistory {
  readonly seed: number;
  /** Mean CE loss of the members after each evaluated epoch, [epochs], positive. */
  readonly mean: ArrayLike<number>;
  /** What is compared at equal mean: the variance of the members' CE loss, or any other quantity, [epochs]. */
  readonly value: ArrayLike<number>;
}

export interface MatchedHistoriesOptions {
  /** Mean losses to compare at; default 9 equally spaced in the logarithm over the range that every run passes. */
  readonly means?: readonly number[];
  /**
   * `log` (default) interpolates ln value against ln mean and compares ratios: for variances and other positive
   * quantities. `linear` interpolates value against ln mean and compares differences.
   */
  readonly scale?: 'log' | 'linear';
}

/** Two methods compared where their members have the same mean loss. */
export interface MatchedLevel {
  readonly mean: number;
  /** Value of the method and of the baseline: mean over seeds (geometric for `log`) with Student's interval. */
  readonly method: Interval;
  readonly baseline: Interval;
  /** Method over baseline (`log`) or minus baseline (`linear`), paired over seeds, with Student's interval. */
  readonly comparison: Interval;
  /** Two-sided p of the paired t test, uncorrected; null where there is no interval. Neighboring levels are correlated. */
  readonly p: number | null;
}

/**
 * Compares two training histories at matched mean loss, the fair test of the claim that a loss enlarges the variance:
 * at equal epochs a loss that fits faster has the smaller variance for that reason alone.
 *
 * Each run's value at a level is interpolated at its first passage: between the last epoch above the level and the first
 * epoch at or below it. Seeds are the unit, and paired: a seed has to be in both lists. Our statement T4 (matched-mean
 * dominance, derived for records that move alone) predicts ratios above 1 for a loss whose weight rises with confidence.
 *
 * @throws UserError for unequal seeds, lengths, non-positive means or (`log`) values, or a mean that some run never passes
 */
export function matchedHistories(
  method: readonly LossHistory[],
  baseline: readonly LossHistory[],
  { means, scale = 'log' }: MatchedHistoriesOptions = {},
): MatchedLevel[] {
  const pairs = pairedBySeed(method, baseline);
  for (const history of [...method, ...baseline]) requireHistory(history, scale);
  const levels = means ?? defaultLevels([...method, ...baseline]);
  const back = (x: number): number => (scale === 'log' ? Math.exp(x) : x);
  const transformed = (interval: Interval): Interval => ({
    estimate: back(interval.estimate),
    low: interval.low === null ? null : back(interval.low),
    high: interval.high === null ? null : back(interval.high),
    method: scale === 'log' ? ({ ...interval.method, logarithms: true } as IntervalMethod) : interval.method,
  });
  return levels.map((mean) => {
    const own = pairs.map(([history]) => valueAtMean(history, mean, scale));
    const other = pairs.map(([, history]) => valueAtMean(history, mean, scale));
    const { difference, p } = pairedComparison(own, other);
    return {
      mean,
      method: transformed(meanOverSeeds(own)),
      baseline: transformed(meanOverSeeds(other)),
      comparison: transformed(difference),
      p,
    };
  });
}

/** A run as `RunResult` has it: its seed and path. */
export interface PathOfMeans {
  readonly seed: number;
  readonly path: readonly { readonly memberLoss: { readonly mean: number; readonly variance: number } }[];
}

/** The history of mean and variance of the members' CE loss, from runs as a study's result gives them. */
export function lossHistories(runs: readonly PathOfMeans[]): LossHistory[] {
  return runs.map(({ seed, path }) => ({
    seed,
    mean: path.map(({ memberLoss }) => memberLoss.mean),
    value: path.map(({ memberLoss }) => memberLoss.variance),
  }));
}

/** ln value (`log`) or value at the first passage of the mean through a level. */
function valueAtMean({ seed, mean, value }: LossHistory, level: number, scale: 'log' | 'linear'): number {
  const passed = Array.from(mean).findIndex((m) => m <= level);
  if (!(level > 0) || passed < 1) {
    const { low, high } = rangeOf(mean);
    // A run that starts at the level itself has passed it.
    if (passed === 0 && mean[0] === level) return scale === 'log' ? Math.log(value[0]) : value[0];
    throw badInput(
      'the mean loss',
      level,
      `is not passed by the run of seed ${seed}, whose mean loss goes from ${high} to ${low}`,
      'Choose a level inside every run, or leave `means` out',
    );
  }
  const share = Math.log(mean[passed - 1] / level) / Math.log(mean[passed - 1] / mean[passed]);
  const at = (i: number): number => (scale === 'log' ? Math.log(value[i]) : value[i]);
  return at(passed - 1) + share * (at(passed) - at(passed - 1));
}

/** First and smallest mean of a run: the range of levels that it passes. */
function rangeOf(mean: ArrayLike<number>): { low: number; high: number } {
  return { low: Array.from(mean).reduce((a, b) => Math.min(a, b)), high: mean[0] };
}

function defaultLevels(histories: readonly LossHistory[]): number[] {
  const ranges = histories.map(({ mean }) => rangeOf(mean));
  const high = Math.min(...ranges.map((range) => range.high));
  const low = Math.max(...ranges.map((range) => range.low));
  if (!(low < high)) {
    throw badInput(
      'the common range of mean losses',
      [low, high],
      'must not be empty: no mean loss is passed by every run',
      'Evaluate more epochs, or compare fewer methods',
    );
  }
  return Array.from({ length: 9 }, (_, i) => Math.min(high, high * (low / high) ** ((i + 0.5) / 9)));
}

function pairedBySeed(
  method: readonly LossHistory[],
  baseline: readonly LossHistory[],
): [LossHistory, LossHistory][] {
  if (method.length === 0)
    throw badInput('the number of runs', 0, 'must be at least 1', 'Pass one history a seed');
  const seeds = (histories: readonly LossHistory[]): number[] =>
    histories.map(({ seed }) => seed).sort((a, b) => a - b);
  const [own, other] = [seeds(method), seeds(baseline)];
  const distinct = new Set(own).size === own.length;
  if (!distinct || own.length !== other.length || own.some((seed, i) => seed !== other[i])) {
    throw badInput(
      'the method’s seeds',
      own,
      `must be the baseline’s, each once: ${JSON.stringify(other)}`,
      'Pass histories of the same seeds',
    );
  }
  return method.map((history) => [history, baseline.find(({ seed }) => seed === history.seed)!]);
}

function requireHistory({ seed, mean, value }: LossHistory, scale: 'log' | 'linear'): void {
  if (mean.length === 0 || mean.length !== value.length) {
    throw badInput(
      `the number of values of seed ${seed}`,
      value.length,
      `must be that of the means, ${mean.length}, and not 0`,
      'Pass one of each for every evaluated epoch',
    );
  }
  for (let i = 0; i < mean.length; i++) {
    if (!(mean[i] > 0 && mean[i] < Infinity)) {
      throw badInput(
        `mean[${i}] of seed ${seed}`,
        mean[i],
        'must be a positive number',
        'Pass mean CE losses',
      );
    }
    if (scale === 'log' ? !(value[i] > 0 && value[i] < Infinity) : !Number.isFinite(value[i])) {
      const rule = scale === 'log' ? 'must be positive to have a logarithm' : 'must be a finite number';
      throw badInput(
        `value[${i}] of seed ${seed}`,
        value[i],
        rule,
        "Take scale 'linear' for such a quantity",
      );
    }
  }
}

/** Distribution of per-record cross-entropy losses u = -ln p_y (natural logarithm, whatever loss was trained). */
export interface LossSummary {
  readonly mean: number;
  /** Population variance (divisor n). */
  readonly variance: number;
  readonly median: number;
  readonly q05: number;
  readonly q95: number;
  readonly max: number;
}

/**
 * Sums up per-record losses. Median and quantiles (type 7) stand beside mean and variance because one record that stays
 * misclassified can carry the whole variance.
 *
 * @param losses [n], n >= 1, none NaN
 * @throws UserError when there are no losses or one is NaN
 */
export function lossSummary(losses: ArrayLike<number>): LossSummary {
  const sorted = sortedCopy(losses);
  return {
    mean: mean(sorted),
    variance: populationVariance(sorted),
    median: quantileOfSorted(sorted, 0.5),
    q05: quantileOfSorted(sorted, 0.05),
    q95: quantileOfSorted(sorted, 0.95),
    max: sorted[sorted.length - 1],
  };
}
