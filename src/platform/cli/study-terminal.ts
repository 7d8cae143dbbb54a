import CliTable from 'cli-table3';
import type { Comparison, StudyResult, SummaryMetric } from '../../experiments/study-result';
import type { Interval } from '../../metrics/interval';
import { ruleWords, studyVerdictWords } from '../../wording';

const columns: readonly (readonly [SummaryMetric, string])[] = [
  ['trainAccuracy', 'Train\naccuracy'],
  ['testAccuracy', 'Test\naccuracy'],
  ['memberLossMean', 'Member\nCE loss\nmean'],
  ['memberLossMedian', 'Member\nCE loss\nmedian'],
  ['memberLossVariance', 'Member\nCE loss\nvariance'],
  ['advantage', 'Attack\nadvantage'],
  ['auc', 'Attack\nAUC'],
  ['p1', 'P1'],
];

/** The table of a study for a terminal of 100 columns, and below it the differences that the verdict rests on. */
export function studyTerminal(result: StudyResult): string {
  const { defenses, data, settings } = result;
  const table = new CliTable({
    head: ['Method', ...columns.map(([, title]) => title)],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const { label, summary } of defenses) {
    table.push([label.replace(' (', '\n('), ...columns.map(([metric]) => withHalfWidth(summary[metric]))]);
  }
  const seeds = defenses[0].runs.length;
  const title = `${data.title}${data.synthetic ? ' (synthetic)' : ''}, ${result.model.label}, ${settings.recipe.epochs} epochs, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`;
  return [
    title,
    table.toString(),
    ...legend(seeds),
    '',
    ...differences(result),
    studyVerdictWords(result),
    '',
  ].join('\n');
}

/** What the shadow models point to, a line for each loss or defense with several settings; else nothing. */
export function selectionText({ selections, defenses }: StudyResult): string {
  return selections
    .map(({ name, rule, chosen }) => {
      const defense = defenses.find(({ key }) => key === chosen);
      if (defense === undefined) {
        return `Of ${name}, the shadow models point to none (${ruleWords(rule)}).\n`;
      }
      const { advantage, testAccuracy } = defense.summary;
      return (
        `Of ${name}, the shadow models point to ${defense.label} (${ruleWords(rule)}); on its targets: test accuracy ` +
        `${short(testAccuracy.estimate)}, advantage ${short(advantage.estimate)}.\n`
      );
    })
    .join('');
}

function legend(seeds: number): string[] {
  const interval =
    seeds > 1
      ? `Mean over seeds +- half of its 95 % t interval (${seeds} seeds).`
      : 'One seed has no interval.';
  return [
    `${interval} Attack: the loss attack, cuts per class set on a shadow model.`,
    'P1 = 2 A (1 - adv) / (A + 1 - adv), A = test accuracy; higher is better.',
  ];
}

/** One line a method: what the verdict is computed from. */
function differences({ defenses, comparisons }: StudyResult): string[] {
  const [baseline, ...others] = defenses;
  if (others.length === 0) return [];
  const lines = others.map(({ key, label }) => {
    const say = (metric: SummaryMetric, name: string): string => {
      const found = comparisons.find((c) => c.defense === key && c.metric === metric);
      return found === undefined ? '' : `${name} ${withInterval(found)}`;
    };
    return `  ${label}: ${say('advantage', 'advantage')}; ${say('testAccuracy', 'test accuracy')}`;
  });
  return [
    `Paired differences to ${baseline.label} (95 % t interval; p after Holm's correction over methods):`,
    ...lines,
  ];
}

function withInterval({ difference: { estimate, low, high }, p }: Comparison): string {
  if (low === null || high === null || p === null) return `${signed(estimate)} (no interval)`;
  return `${signed(estimate)} (${signed(low)} to ${signed(high)}, p = ${p.toFixed(2)})`;
}

function withHalfWidth({ estimate, low, high }: Interval): string {
  const number = short(estimate);
  return low === null || high === null ? `${number}\n` : `${number}\n+-${short((high - low) / 2)}`;
}

function short(value: number): string {
  return Math.abs(value) >= 0.1 || value === 0 ? value.toFixed(3) : value.toPrecision(2);
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
