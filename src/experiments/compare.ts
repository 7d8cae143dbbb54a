import { badInput, UserError } from '../errors';
import { holm, meanOverSeeds, pairedComparison } from '../metrics/over-seeds';
import type { Interval } from '../metrics/interval';
import { mean } from '../platform/math/quantile';
import type {
  Candidate,
  Comparison,
  DefenseResult,
  RunResult,
  Selection,
  SelectionRule,
  ShadowNumbers,
  SummaryMetric,
} from './study-result';

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
export function summarize(runs: readonly RunResult[]): DefenseResult['summary'] {
  const entries = Object.entries(metricOf).map(([metric, get]) => [metric, meanOverSeeds(runs.map(get))]);
  return Object.fromEntries(entries) as Record<SummaryMetric, Interval>;
}

/** The seeds that all of these defenses have: in a study that goes on, some may lack a few. */
export function sharedSeeds(defenses: readonly Pick<DefenseResult, 'runs'>[]): number[] {
  const [first, ...others] = defenses.map(({ runs }) => runs.map(({ seed }) => seed));
  return first.filter((seed) => others.every((seeds) => seeds.includes(seed)));
}

/**
 * Compares each defense with the first one, paired by the seeds that both have. Within a metric the p-values are corrected
 * over the defenses (Holm); a difference is called better or worse only if the corrected p is below 5 %.
 */
export function compareDefenses([baseline, ...rest]: readonly DefenseResult[]): Comparison[] {
  const others = rest.filter((defense) => sharedSeeds([baseline, defense]).length > 0);
  return (Object.keys(judged) as JudgedMetric[]).flatMap((metric) => {
    const valuesOn = (seeds: readonly number[], { runs }: DefenseResult): number[] =>
      runs.filter(({ seed }) => seeds.includes(seed)).map(metricOf[metric]);
    const compared = others.map((defense) => {
      const seeds = sharedSeeds([baseline, defense]);
      return pairedComparison(valuesOn(seeds, defense), valuesOn(seeds, baseline));
    });
    const corrected = holm(compared.map(({ p }) => p));
    return others.map(({ key }, i): Comparison => {
      const { difference } = compared[i];
      const p = corrected[i];
      const decided = p !== null && p < level;
      const better = difference.estimate * judged[metric] > 0;
      return {
        defense: key,
        metric,
        difference,
        p,
        verdict: decided ? (better ? 'better' : 'worse') : 'not decided',
      };
    });
  });
}

/**
 * Chooses among the settings of each loss or defense by what their shadow models show: their own test accuracy, and how well the loss attack does on one shadow model with cuts from another. The
 * targets are not looked at, so the numbers of the chosen setting on its targets are as honest as if it had been the
 * only one. Ties go to the setting that stands first. What has one setting only is left out; where some settings lack
 * seeds, the seeds count that all of them have.
 *
 * @throws UserError if the shadow models are not trained as the targets are, or for an accuracy outside [0, 1]
 */
export function selectOnShadows(
  defenses: readonly Pick<DefenseResult, 'key' | 'name' | 'runs'>[],
  rule: SelectionRule = { by: 'p1' },
): Selection[] {
  if (rule.by === 'advantage' && !(rule.accuracyAtLeast >= 0 && rule.accuracyAtLeast <= 1)) {
    throw badInput('accuracyAtLeast', rule.accuracyAtLeast, 'must be in [0, 1]', 'Give a share');
  }
  const names = [...new Set(defenses.map(({ name }) => name))];
  return names.flatMap((name): Selection[] => {
    const grid = defenses.filter((defense) => defense.name === name);
    if (grid.length < 2) return [];
    const seeds = sharedSeeds(grid);
    if (seeds.length === 0) return [];
    const candidates = grid.map((defense) => candidateOf(defense, seeds));
    return [{ name, rule, chosen: best(candidates, rule), candidates }];
  });
}

function candidateOf(
  { key, runs }: Pick<DefenseResult, 'key' | 'runs'>,
  seeds: readonly number[],
): Candidate {
  const shadows = runs.flatMap(({ seed, shadows: numbers }) => {
    if (!seeds.includes(seed)) return [];
    if (numbers !== null) return numbers;
    throw new UserError(
      `The study has no shadow models that were trained as the targets of ${key} were, so nothing can be chosen on them. ` +
        'Give "shadows": 1 or more, with the adaptive adversary.',
    );
  });
  const over = (pick: (numbers: ShadowNumbers) => number): number => mean(shadows.map(pick));
  return {
    defense: key,
    testAccuracy: over(({ testAccuracy }) => testAccuracy),
    advantage: over(({ advantage }) => advantage),
    p1: over(({ p1 }) => p1),
  };
}

function best(candidates: readonly Candidate[], rule: SelectionRule): string | null {
  const allowed =
    rule.by === 'p1'
      ? candidates
      : candidates.filter(({ testAccuracy }) => testAccuracy >= rule.accuracyAtLeast);
  const value = ({ p1, advantage }: Candidate): number => (rule.by === 'p1' ? p1 : -advantage);
  const chosen = allowed.reduce<Candidate | null>(
    (top, each) => (top === null || value(each) > value(top) ? each : top),
    null,
  );
  return chosen?.defense ?? null;
}
