import type { AttackResult } from '../attacks/attack';
import type { CanaryKind } from '../data/canaries';
import type {
  Comparison,
  DefenseResult,
  RunResult,
  Selection,
  StudyAttackResult,
  StudyResult,
  SummaryMetric,
} from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { smallestResolvable } from '../metrics/interval';
import { attackRuns, attacksOf, mostSeeds, overSeeds, overSeedsWords } from './study-data';
import {
  differenceCell,
  intervalCell,
  notMeasured,
  valueCell,
  type TableCell,
  type TableColumn,
} from './table-cells';
import { Table } from './table';
import { formatBounds, formatDifference, formatNumber, formatP, type NumberStyle } from './text';
import { ruleWords } from '../wording';

interface MetricColumn {
  readonly metric: SummaryMetric;
  readonly title: string;
  readonly note: string;
  readonly style: NumberStyle;
}

const accuracyNote = 'higher = better';

/** All metrics of a summary, in the order in which tables show them. */
const metricColumns: readonly MetricColumn[] = [
  { metric: 'trainAccuracy', title: 'Train accuracy', note: 'of members', style: 'proportion' },
  { metric: 'testAccuracy', title: 'Test accuracy', note: accuracyNote, style: 'proportion' },
  { metric: 'memberLossMean', title: 'Member loss, mean', note: 'nats', style: 'significant' },
  { metric: 'memberLossMedian', title: 'Member loss, median', note: 'nats', style: 'significant' },
  { metric: 'memberLossVariance', title: 'Member loss, variance', note: 'nats²', style: 'significant' },
  { metric: 'nonMemberLossMean', title: 'Non-member loss, mean', note: 'nats', style: 'significant' },
  {
    metric: 'nonMemberLossVariance',
    title: 'Non-member loss, variance',
    note: 'nats²',
    style: 'significant',
  },
  { metric: 'advantage', title: 'Attack advantage', note: 'lower = more private', style: 'proportion' },
  { metric: 'auc', title: 'Attack AUC', note: 'lower = more private', style: 'proportion' },
  { metric: 'p1', title: 'P1', note: accuracyNote, style: 'proportion' },
];
/** Metrics of which more or less is plainly better; only these carry a verdict in the main table. */
const judged: readonly SummaryMetric[] = ['testAccuracy', 'advantage', 'auc', 'p1'];
const notInMainTable: readonly SummaryMetric[] = ['nonMemberLossMean', 'nonMemberLossVariance'];

/** The words by which tables call a metric. */
export function metricTitle(metric: SummaryMetric): string {
  return metricColumns.find((column) => column.metric === metric)?.title ?? metric;
}

function styleOf(metric: SummaryMetric): NumberStyle {
  return metricColumns.find((column) => column.metric === metric)?.style ?? 'significant';
}

/** Stands in the note of every table of a study. */
export function stamp({ data }: Pick<StudyResult, 'data'>): string {
  return data.synthetic ? 'Synthetic data. ' : '';
}

function howAveraged(result: StudyResult): string {
  const count = Math.max(...result.defenses.map((method) => method.runs.length));
  return count === 1
    ? 'One seed, so there are no intervals over seeds.'
    : `Each number is the mean over ${count} seeds with its 95 % t interval.`;
}

/**
 * The table of a study: one row a method; train and test accuracy, member loss (mean, median, variance), advantage and
 * AUC of the loss attack, P1. Where a paired comparison with the baseline is decided, the cell says so.
 */
export function studyTable(result: StudyResult): Table {
  const columns = metricColumns.filter(({ metric }) => !notInMainTable.includes(metric));
  return new Table({
    title: 'Accuracy and privacy of each method',
    note:
      `${stamp(result)}${howAveraged(result)} Advantage and AUC are those of the loss attack; P1 is the harmonic mean of test accuracy ` +
      'and 1 − advantage.',
    columns: [
      { title: 'Method', kind: 'label' },
      ...columns.map(({ title, note }): TableColumn => ({ title, note, kind: 'number' })),
    ],
    rows: result.defenses.map((method) => [
      { text: method.label },
      ...columns.map((column) => summaryCell(result, method, column)),
    ]),
  });
}

function summaryCell(result: StudyResult, method: DefenseResult, { metric, style }: MetricColumn): TableCell {
  const interval = method.summary[metric];
  const compared = result.comparisons.find((c) => c.defense === method.key && c.metric === metric);
  const decided = compared !== undefined && judged.includes(metric) && compared.verdict !== 'not decided';
  return { ...intervalCell(interval, style), ...(decided ? { badge: verdictBadge(compared) } : {}) };
}

function verdictBadge({ verdict }: Comparison): NonNullable<TableCell['badge']> {
  const tone = verdict === 'better' ? 'good' : verdict === 'worse' ? 'bad' : 'neutral';
  return { text: verdict, tone };
}

/** Paired differences to the baseline, one row a method and metric, with Holm-corrected p and the verdict. */
export function comparisonTable(result: StudyResult): Table {
  const baseline = result.defenses[0]?.label ?? 'the baseline';
  const label = new Map(result.defenses.map((method) => [method.key, method.label]));
  return new Table({
    title: `Differences to ${baseline}`,
    note:
      stamp(result) +
      'Paired by seed: method minus baseline with its 95 % t interval. p is two-sided and corrected by Holm over the ' +
      'methods within each metric. «not decided» means that these seeds cannot tell, not that there is no difference.',
    columns: [
      { title: 'Method', kind: 'label' },
      { title: 'Metric', kind: 'text' },
      { title: 'Difference', kind: 'number' },
      { title: '95 % interval', kind: 'number' },
      { title: 'p (Holm)', kind: 'number' },
      { title: `Compared with ${baseline}`, kind: 'text' },
    ],
    rows: result.comparisons.map((comparison) => [
      { text: label.get(comparison.defense) ?? comparison.defense },
      { text: metricTitle(comparison.metric) },
      differenceCell(comparison.difference, styleOf(comparison.metric)),
      { text: formatBounds(comparison.difference, styleOf(comparison.metric), formatDifference) },
      { text: formatP(comparison.p), value: comparison.p },
      { text: '', badge: verdictBadge(comparison) },
    ]),
  });
}

/** TPR at this nominal FPR is what tables show. */
const shownFpr = '0.01';

const attackColumns: readonly TableColumn[] = [
  { title: 'Accuracy', note: 'balanced', kind: 'number' },
  { title: 'Advantage', note: 'TPR − FPR', kind: 'number' },
  { title: 'AUC', kind: 'number' },
  { title: 'TPR at 1 % FPR', kind: 'number' },
];

function attackValues(attack: AttackResult): (Interval | undefined)[] {
  return [attack.accuracy, attack.advantage, attack.auc, attack.tprAtFpr[shownFpr]];
}

/** All attacks against all methods: means over seeds, with the smallest and the largest seed. */
export function attackTable(result: StudyResult): Table {
  return new Table({
    title: 'All attacks',
    note: `${stamp(result)}Mean over seeds; below it the smallest and the largest seed. An attack that guesses has accuracy 0.5, advantage 0, AUC 0.5.`,
    columns: [{ title: 'Method', kind: 'label' }, { title: 'Attack', kind: 'text' }, ...attackColumns],
    rows: result.defenses.flatMap((method) =>
      attacksOf([method]).map(({ name, title }) => [
        { text: method.label },
        { text: title },
        ...acrossSeeds(method, name),
      ]),
    ),
  });
}

function acrossSeeds(method: DefenseResult, name: string): TableCell[] {
  const found = method.runs.flatMap((run) => run.attacks.filter((attack) => attack.name === name));
  return attackColumns.map((_, i) => {
    const values = found
      .map((attack) => attackValues(attack)[i]?.estimate)
      .filter((value): value is number => value !== undefined);
    if (values.length === 0) return notMeasured;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const range = [Math.min(...values), Math.max(...values)].map((value) =>
      formatNumber(value, 'proportion'),
    );
    const detail = values.length > 1 ? { detail: range.join(' to ') } : {};
    return { ...valueCell(mean, 'proportion'), ...detail };
  });
}

/** All attacks against one trained model, with intervals over its records. */
export function runAttackTable(label: string, run: RunResult, synthetic = false): Table {
  return new Table({
    title: `${label}, seed ${run.seed}`,
    note: `${synthetic ? 'Synthetic data. ' : ''}Intervals over records: how exactly this one model was measured.`,
    columns: [{ title: 'Attack', kind: 'label' }, ...attackColumns],
    rows: run.attacks.map((attack) => [
      { text: attack.title },
      ...attackValues(attack).map((value) =>
        value === undefined ? notMeasured : intervalCell(value, 'proportion'),
      ),
    ]),
  });
}

/**
 * The parameters that the shadow models of a study point to, a row a family: what the shadow models show of the chosen
 * ones, and beside it what the targets do.
 */
export function selectionTable(result: StudyResult): Table {
  const rules = [...new Set(result.selections.map(({ rule }) => ruleWords(rule)))];
  const seeds = mostSeeds(result.defenses);
  const intervals =
    seeds === 1 ? 'One seed: no intervals.' : `Targets: means over ${seeds} seeds with 95 % t intervals.`;
  return new Table({
    title: 'Parameters that the shadow models chose',
    note:
      `${stamp(result)}Rule: ${rules.join('; ')}. Shadow models: means over seeds. ` +
      `${intervals} Advantage and P1 are those of the loss attack.`,
    columns: [
      { title: 'Family', kind: 'label' },
      { title: 'Tried', note: 'settings', kind: 'number' },
      { title: 'Chosen', kind: 'text' },
      { title: 'Shadow P1', kind: 'number' },
      { title: 'Shadow advantage', kind: 'number' },
      { title: 'Shadow test accuracy', kind: 'number' },
      { title: 'Target test accuracy', note: 'higher = better', kind: 'number' },
      { title: 'Target advantage', note: 'lower = more private', kind: 'number' },
    ],
    rows: result.selections.map((selection) => selectionRow(result, selection)),
  });
}

function selectionRow({ defenses }: StudyResult, { name, chosen, candidates }: Selection): TableCell[] {
  const first = defenses.find((defense) => defense.name === name);
  const head = [
    { text: first?.title ?? name },
    { text: String(candidates.length), value: candidates.length },
  ];
  const method = defenses.find(({ key }) => key === chosen);
  const candidate = candidates.find((each) => each.defense === chosen);
  if (method === undefined || candidate === undefined) {
    return [...head, { text: 'none' }, ...Array.from({ length: 5 }, () => ({ text: '\u2013', value: null }))];
  }
  const { p1, advantage, testAccuracy } = candidate;
  return [
    ...head,
    { text: method.label },
    ...[p1, advantage, testAccuracy].map((value) => valueCell(value, 'proportion')),
    intervalCell(method.summary.testAccuracy, 'proportion'),
    intervalCell(method.summary.advantage, 'proportion'),
  ];
}

type Judged = Pick<StudyAttackResult, 'auc' | 'tprAtFpr'>;

/** Whether any attack of a study was judged on canaries. */
export function hasCanaries({ defenses }: Pick<StudyResult, 'defenses'>): boolean {
  return defenses.some(({ runs }) =>
    runs.some(({ attacks }) => attacks.some(({ canaries }) => Object.keys(canaries ?? {}).length > 0)),
  );
}

/** What each attack reaches on the canaries of each kind, beside the records that are none. */
export function canaryTable(result: StudyResult): Table {
  return new Table({
    title: 'Attacks on canaries and on other records',
    note:
      `${stamp(result)}Small print: ${overSeedsWords(result)}. A TPR at a lower FPR than ` +
      'the smallest resolvable one has no interval: too few non-members stand there.',
    columns: [
      { title: 'Method', kind: 'label' },
      { title: 'Attack', kind: 'text' },
      { title: 'Records', kind: 'text' },
      { title: 'TPR at 1 % FPR', kind: 'number' },
      { title: 'TPR at 0.1 % FPR', kind: 'number' },
      { title: 'AUC', kind: 'number' },
      { title: 'Smallest FPR', note: 'resolvable', kind: 'number' },
    ],
    rows: result.defenses.flatMap((method) =>
      attacksOf([method]).flatMap(({ name, title }) => canaryRows(method, name, title)),
    ),
  });
}

function canaryRows(method: DefenseResult, name: string, title: string): TableCell[][] {
  const runs = attackRuns(method, name);
  if (runs === null) return [];
  const kinds = [...new Set(runs.flatMap(({ canaries }) => Object.keys(canaries) as CanaryKind[]))];
  const head = (records: string): TableCell[] => [{ text: method.label }, { text: title }, { text: records }];
  const smallest = Math.max(...runs.map(({ smallestFpr }) => smallestFpr));
  return [
    [...head('no canaries'), ...numbers(runs), valueCell(smallest, 'significant')],
    ...kinds.map((kind): TableCell[] => {
      const judged = runs.flatMap(({ canaries }) => canaries[kind] ?? []);
      return [...head(kind), ...numbers(judged), smallestFpr(judged)];
    }),
  ];
}

function numbers(judged: readonly Judged[]): TableCell[] {
  return [
    tprCell(judged, '0.01'),
    tprCell(judged, '0.001'),
    intervalCell(overSeeds(judged.map(({ auc }) => auc)), 'proportion'),
  ];
}

function tprCell(judged: readonly Judged[], fpr: string): TableCell {
  const found = judged.flatMap(({ tprAtFpr }) => tprAtFpr[fpr] ?? []);
  if (found.length === 0 || found.length < judged.length) return notMeasured;
  return intervalCell(overSeeds(found), 'proportion');
}

/** Canaries are few, so that small rates may not be resolvable; the reason for a missing interval tells from where on. */
function smallestFpr(judged: readonly Judged[]): TableCell {
  const rates = judged.flatMap(({ tprAtFpr }) =>
    Object.values(tprAtFpr).flatMap((tpr) => smallestResolvable(tpr) ?? []),
  );
  if (rates.length > 0) return valueCell(Math.max(...rates), 'significant');
  const isResolved = judged.every(({ tprAtFpr }) => (tprAtFpr['0.001']?.low ?? null) !== null);
  return { text: isResolved ? 'at most 0.001' : '\u2013', value: null };
}
