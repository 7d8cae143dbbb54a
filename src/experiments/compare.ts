import { holm } from '../metrics/holm';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/mean-over-seeds';
import { pairedComparison } from '../metrics/paired-comparison';
import type { Comparison, MethodResult, RunResult, SummaryMetric } from './study-result';

/** Where each metric of the summary comes from. The advantage and the AUC are those of the loss attack. */
const metricOf: Readonly<Record<SummaryMetric, (run: RunResult) => number>> = {
  trainAccuracy: (run) => run.trainAccuracy,
  testAccuracy: (run) => run.testAccuracy,
  memberLossMean: (run) => run.memberLoss.mean,
  memberLossVariance: (run) => run.memberLoss.variance,
  memberLossMedian: (run) => run.memberLoss.median,
  nonMemberLossMean: (run) => run.nonMemberLoss.mean,
  nonMemberLossVariance: (run) => run.nonMemberLoss.variance,
  advantage: (run) => run.lossAttack.advantage,
  auc: (run) => run.lossAttack.auc,
  p1: (run) => run.p1,
};

/** The metrics of which more is better or worse: +1 and -1. The others are described, not judged. */
const judged = { testAccuracy: 1, advantage: -1, auc: -1, p1: 1 } as const;
type JudgedMetric = keyof typeof judged;

/** Chance of calling any difference in a metric's family of comparisons by mistake. */
const level = 0.05;

/** Mean over seeds with Student's 95 % interval, for each metric. */
export function summarize(runs: readonly RunResult[]): MethodResult['summary'] {
  const entries = Object.entries(metricOf).map(([metric, get]) => [metric, meanOverSeeds(runs.map(get))]);
  return Object.fromEntries(entries) as Record<SummaryMetric, Interval>;
}

/** The seeds that all of these methods have: in a study that goes on, some may lack a few. */
export function sharedSeeds(methods: readonly Pick<MethodResult, 'runs'>[]): number[] {
  const [first, ...others] = methods.map(({ runs }) => runs.map(({ seed }) => seed));
  return first.filter((seed) => others.every((seeds) => seeds.includes(seed)));
}

/**
 * Compares each method with the first one, paired by the seeds that both have. Within a metric the p-values are corrected over the methods
 * (Holm); a difference is called better or worse only if the corrected p is below 5 %.
 */
export function compareMethods([baseline, ...rest]: readonly MethodResult[]): Comparison[] {
  const others = rest.filter((method) => sharedSeeds([baseline, method]).length > 0);
  return (Object.keys(judged) as JudgedMetric[]).flatMap((metric) => {
    const valuesOn = (seeds: readonly number[], { runs }: MethodResult): number[] =>
      runs.filter(({ seed }) => seeds.includes(seed)).map(metricOf[metric]);
    const compared = others.map((method) => {
      const seeds = sharedSeeds([baseline, method]);
      return pairedComparison(valuesOn(seeds, method), valuesOn(seeds, baseline));
    });
    const corrected = holm(compared.map(({ p }) => p));
    return others.map(({ key }, i): Comparison => {
      const { difference } = compared[i];
      const p = corrected[i];
      const decided = p !== null && p < level;
      const better = difference.estimate * judged[metric] > 0;
      return {
        method: key,
        metric,
        difference,
        p,
        verdict: decided ? (better ? 'better' : 'worse') : 'not decided',
      };
    });
  });
}

/**
 * The sentence that sums up a study: what the paired differences decide, and nothing else. Privacy is the advantage of
 * the loss attack. Methods with the same verdicts share a clause.
 */
export function verdictSentence(
  methods: readonly MethodResult[],
  comparisons: readonly Comparison[],
): string {
  const [baseline, ...others] = methods;
  if (others.length === 0) return `${baseline.label} alone: nothing to compare it with.`;
  const clauses = new Map<string, string[]>();
  for (const { key, label } of others) {
    const verdict = (metric: JudgedMetric): Comparison['verdict'] | undefined =>
      comparisons.find((c) => c.method === key && c.metric === metric)?.verdict;
    const clause = clauseOf(baseline.label, verdict('advantage'), verdict('testAccuracy'));
    clauses.set(clause, [...(clauses.get(clause) ?? []), label]);
  }
  const counts = methods.map(({ runs }) => runs.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds = fewest === most ? most : `${fewest} to ${most}`;
  const said = [...clauses].map(([clause, labels]) => `with ${labels.join(' and ')} ${clause}`);
  return `Over ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${said.join('; ')}.`;
}

function clauseOf(
  baseline: string,
  privacy: Comparison['verdict'] | undefined,
  accuracy: Comparison['verdict'] | undefined,
): string {
  const decided = (verdict: typeof privacy): boolean => verdict === 'better' || verdict === 'worse';
  if (!decided(privacy) && !decided(accuracy)) {
    return `no difference from ${baseline} in privacy or test accuracy is decided`;
  }
  const say = (name: string, verdict: typeof privacy): string =>
    decided(verdict) ? `${name} is ${verdict} than with ${baseline}` : `${name} is not decided`;
  return `${say('privacy', privacy)} and ${say('test accuracy', accuracy)}`;
}
