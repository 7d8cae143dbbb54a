import { badInput } from '../errors';
import { quantile } from '../platform/math/quantile';
import { fastWords, type FastWords } from '../platform/math/fast-normals';
import { randomStream } from '../platform/math/random';
import { aucEstimate } from './auc';
import { checkedBootstrap, type BootstrapOptions } from './auc-bootstrap';
import type { Interval, IntervalMethod } from './interval';
import { ascendingOrder, countMembers } from './sorted-sides';
import { requireRate, rocCurve, tprAtFpr } from './roc';
import { toleratedFalsePositives } from './tpr-at-fpr';

/** Below this number of models their spread cannot be had from resampling them: intervals come out too short. */
const FEWEST_MODELS = 5;
/** Non-member pairs that must be tolerated, so that a TPR over models has an interval. */
const FEWEST_FALSE_POSITIVES = 10;

/** Scores of the same n records under M target models. */
export interface PooledScores {
  /** M arrays [n], higher = member. */
  readonly scores: readonly Float64Array[];
  /** M arrays [n], 1 = member of that model's training set. */
  readonly members: readonly Uint8Array[];
}

export interface PooledMetrics {
  readonly auc: Interval;
  /** TPR at each nominal FPR asked for (key, e.g. '0.01'), one cut for all models; the rule is FPR <= x. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
}

/**
 * Metrics of scores pooled over models, one ROC curve for all M n pairs of model and record. The pairs are not
 * independent: a record that is easy to spot is so under every model, and a model that overfits does so on every record.
 * The bootstrap therefore draws records and models, both with replacement, and a pair weighs (draws of its record) x
 * (draws of its model): the pigeonhole bootstrap (Owen 2007, Annals of Applied Statistics 1), whose variance is never
 * below the true one in the limit. Percentile intervals; they speak of new records and new models.
 *
 * Bounds are null with fewer than five models, and for a TPR where the non-member pairs tolerate fewer than 10 false
 * positives.
 *
 * @param fprs nominal false positive rates, in [0, 1]
 * @throws UserError on arrays of different lengths, a NaN score, a side without pairs, or an FPR that is no rate
 */
export function pooledOverModels(
  pooled: PooledScores,
  fprs: readonly number[] = [],
  options: BootstrapOptions = {},
): PooledMetrics {
  const { resamples, seed } = checkedBootstrap(options);
  const pairs = checkedPairs(pooled, fprs);
  const curve = rocCurve(pairs.scores, pairs.members);
  const models = pooled.scores.length;
  const wanted = fprs.map((x) => ({
    x,
    resolvable: tolerates(x, pairs.nonMembers) >= FEWEST_FALSE_POSITIVES,
  }));
  const areas: number[] = [];
  const rates: number[][] = fprs.map(() => []);
  if (models >= FEWEST_MODELS) {
    const walk = weightedWalk(pairs, fprs);
    const words = fastWords(randomStream({ seed, role: 'evaluation', purpose: 'bootstrap' }));
    for (let b = 0; b < resamples; b++) {
      const drawn = walk(drawCounts(models, words), drawCounts(pairs.records, words));
      // A resample may miss a side where that side is nearly empty.
      if (Number.isNaN(drawn.area)) continue;
      areas.push(drawn.area);
      drawn.tpr.forEach((tpr, i) => rates[i].push(tpr));
    }
  }
  const interval = (estimate: number, draws: number[], obstacle: IntervalMethod | null): Interval =>
    obstacle !== null || draws.length < resamples / 2 || draws.every((value) => value === draws[0])
      ? {
          estimate,
          low: null,
          high: null,
          method: obstacle ?? { name: 'alike-resamples', of: 'models' },
        }
      : {
          estimate,
          low: quantile(draws, 0.025),
          high: quantile(draws, 0.975),
          method: { name: 'clustered-bootstrap', resamples, models },
        };
  const few: IntervalMethod | null =
    models < FEWEST_MODELS ? { name: 'too-few-models', models, needed: FEWEST_MODELS } : null;
  const coarse: IntervalMethod = {
    name: 'not-resolvable',
    least: FEWEST_FALSE_POSITIVES,
    count: pairs.nonMembers,
    pairs: true,
  };
  return {
    auc: interval(aucEstimate(pairs.scores, pairs.members), areas, few),
    tprAtFpr: Object.fromEntries(
      wanted.map(({ x, resolvable }, i) => [
        String(x),
        interval(tprAtFpr(curve, x), rates[i], few ?? (resolvable ? null : coarse)),
      ]),
    ),
  };
}

function tolerates(x: number, nonMembers: number): number {
  requireRate('the nominal FPR', x);
  return toleratedFalsePositives(x, nonMembers);
}

interface Pairs {
  /** Number of records n. */
  readonly records: number;
  /** Model by model, [M n]. */
  readonly scores: Float64Array;
  readonly members: Uint8Array;
  readonly nonMembers: number;
}

function checkedPairs({ scores, members }: PooledScores, fprs: readonly number[]): Pairs {
  const records = scores.length === 0 ? 0 : scores[0].length;
  fprs.forEach((x) => requireRate('the nominal FPR', x));
  if (scores.length !== members.length) {
    throw badInput(
      'the number of models',
      scores.length,
      `there are memberships of ${members.length}`,
      'Pass both for each model',
    );
  }
  scores.forEach((row, m) => {
    if (row.length === records && members[m].length === records) return;
    throw badInput(
      `the number of records of model ${m}`,
      row.length,
      `model 0 has ${records} and the membership of model ${m} has ${members[m].length}`,
      'Pass the same records for all models',
    );
  });
  const pairs = {
    scores: new Float64Array(records * scores.length),
    members: new Uint8Array(records * scores.length),
  };
  scores.forEach((row, m) => pairs.scores.set(row, m * records));
  members.forEach((row, m) => pairs.members.set(row, m * records));
  return { ...pairs, records, nonMembers: pairs.members.length - countMembers(pairs.members) };
}

/** How often each of n items is drawn in n draws with replacement. */
function drawCounts(n: number, words: FastWords): Uint32Array {
  const drawn = new Uint32Array(n);
  words.indices(drawn, n);
  const counts = new Uint32Array(n);
  for (let i = 0; i < n; i++) counts[drawn[i]]++;
  return counts;
}

/** AUC and TPR at each FPR of a resample, by one walk down the scores; NaN where a side has no weight. */
function weightedWalk(
  { scores, members, records }: Pairs,
  fprs: readonly number[],
): (models: Uint32Array, drawn: Uint32Array) => { area: number; tpr: number[] } {
  const order = ascendingOrder(scores).reverse();
  const record = order.map((pair) => pair % records);
  const model = order.map((pair) => Math.floor(pair / records));
  const isMember = Uint8Array.from(order, (pair) => members[pair]);
  const lastOfTie = Uint8Array.from(order, (pair, i) =>
    i + 1 === order.length || scores[order[i + 1]] !== scores[pair] ? 1 : 0,
  );
  return (modelDraws, recordDraws) => {
    let all = 0;
    let positives = 0;
    for (let i = 0; i < order.length; i++) {
      const weight = modelDraws[model[i]] * recordDraws[record[i]];
      all += weight;
      positives += weight * isMember[i];
    }
    const negatives = all - positives;
    if (positives === 0 || negatives === 0) return { area: NaN, tpr: [] };
    const tpr = new Array<number>(fprs.length).fill(0);
    let above = 0;
    let falseAbove = 0;
    let twiceArea = 0;
    let tiedMembers = 0;
    let tiedNonMembers = 0;
    for (let i = 0; i < order.length; i++) {
      const weight = modelDraws[model[i]] * recordDraws[record[i]];
      if (isMember[i] === 1) tiedMembers += weight;
      else tiedNonMembers += weight;
      if (lastOfTie[i] === 0) continue;
      twiceArea += tiedNonMembers * (2 * above + tiedMembers);
      above += tiedMembers;
      falseAbove += tiedNonMembers;
      for (let f = 0; f < fprs.length; f++) if (falseAbove / negatives <= fprs[f]) tpr[f] = above / positives;
      tiedMembers = 0;
      tiedNonMembers = 0;
    }
    return { area: twiceArea / (2 * positives * negatives), tpr };
  };
}
