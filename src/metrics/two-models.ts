import { badInput } from '../errors';
import { binomialCdf, normalCdf, normalQuantile } from '../platform/math/distributions';
import { aucEstimate } from './auc';
import type { Interval } from './interval';
import { placements } from './sorted-sides';

/** A difference between two trained models over the same records. */
export interface TwoModels {
  /** First minus second, with a 95 % interval over records. */
  readonly difference: Interval;
  /** Two-sided p, uncorrected; null where there is no test. */
  readonly p: number | null;
  /** What the comparison speaks of. Defenses are compared over seeds: see `pairedComparison`. */
  readonly about: 'these two models';
}

const about = 'these two models';

/**
 * Difference of two AUCs on the same records, which correlate: the variance of the difference comes from the difference
 * of the placements of each record (DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, covariance included).
 *
 * It says whether *these two models* differ on records like these, nothing about the defenses that made them: another
 * seed gives another model.
 *
 * @param first scores under the first model, [n], higher = member
 * @param second scores under the second model, [n]
 * @param members the same for both models, [n], 1 = member
 * @throws UserError as `auc`, and when the two differ in length
 */
export function compareAucs(first: Float64Array, second: Float64Array, members: Uint8Array): TwoModels {
  const estimate = aucEstimate(first, members) - aucEstimate(second, members);
  const [a, b] = [placements(first, members), placements(second, members)];
  let variance = 0;
  for (const side of [0, 1]) {
    const differences = a.map((value, i) => value - b[i]).filter((_, i) => members[i] === side);
    const n = differences.length;
    const center = differences.reduce((sum, value) => sum + value, 0) / n;
    variance += differences.reduce((sum, value) => sum + (value - center) ** 2, 0) / (n - 1) / n;
  }
  if (!(variance > 1e-20)) {
    const method = { name: 'alike-scores' } as const;
    return { difference: { estimate, low: null, high: null, method }, p: null, about };
  }
  const deviation = Math.sqrt(variance);
  const half = normalQuantile(0.975) * deviation;
  return {
    difference: {
      estimate,
      low: Math.max(-1, estimate - half),
      high: Math.min(1, estimate + half),
      method: { name: 'paired-delong' },
    },
    p: 2 * normalCdf(-Math.abs(estimate) / deviation),
    about,
  };
}

/** Comparison of right and wrong answers on the same records. */
export interface McNemar extends TwoModels {
  /** Records that only the first got right. */
  readonly onlyFirst: number;
  /** Records that only the second got right. */
  readonly onlySecond: number;
}

/**
 * McNemar's exact test (1947, Psychometrika 12): were two sets of decisions on the same records equally often right?
 * Given the b + c records on which exactly one was right, the first is that one with chance 1/2; p is the two-sided
 * binomial tail. The interval of the difference of the two accuracies is Bonett and Price's (2012, Journal of Educational
 * and Behavioral Statistics 37): (b + 1) / (n + 2) - (c + 1) / (n + 2) +- z se, which keeps its coverage in small samples.
 *
 * For attacks: 1 = the membership was called rightly, at cuts fixed beforehand. For models: 1 = classified rightly.
 *
 * @param first [n], 1 = right, 0 = wrong
 * @param second [n], the same records
 * @throws UserError when the lengths differ or there are no records
 */
export function mcNemar(first: Uint8Array, second: Uint8Array): McNemar {
  const n = first.length;
  if (second.length !== n || n === 0) {
    throw badInput(
      'the number of records',
      second.length,
      `the first has ${n}`,
      'Pass the same records twice',
    );
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < n; i++) {
    if (first[i] > second[i]) onlyFirst++;
    if (first[i] < second[i]) onlySecond++;
  }
  const discordant = onlyFirst + onlySecond;
  const [b, c] = [(onlyFirst + 1) / (n + 2), (onlySecond + 1) / (n + 2)];
  const half = normalQuantile(0.975) * Math.sqrt((b + c - (b - c) ** 2) / (n + 2));
  return {
    difference: {
      estimate: (onlyFirst - onlySecond) / n,
      low: Math.max(-1, b - c - half),
      high: Math.min(1, b - c + half),
      method: { name: 'bonett-price' },
    },
    p: Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), discordant, 0.5)),
    about,
    onlyFirst,
    onlySecond,
  };
}
