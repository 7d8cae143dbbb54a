import type { CanaryKind } from '../data/canaries';
import type { MethodResult, StudyAttackResult, StudyResult } from '../experiments/study-result';
import { resolvableFpr } from '../metrics/pooled-over-models';
import { intervalCell } from './interval-cell';
import { formatNumber } from './number-format';
import { attackRuns, attacksOf, overSeeds, overSeedsWords } from './over-seeds';
import { stamp } from './study-tables';
import { Table, type TableCell } from './table';

type Judged = Pick<StudyAttackResult, 'auc' | 'tprAtFpr'>;

/** Whether any attack of a study was judged on canaries. */
export function hasCanaries({ methods }: Pick<StudyResult, 'methods'>): boolean {
  return methods.some(({ runs }) =>
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
    rows: result.methods.flatMap((method) =>
      attacksOf([method]).flatMap(({ name, title }) => canaryRows(method, name, title)),
    ),
  });
}

function canaryRows(method: MethodResult, name: string, title: string): TableCell[][] {
  const runs = attackRuns(method, name);
  if (runs === null) return [];
  const kinds = [...new Set(runs.flatMap(({ canaries }) => Object.keys(canaries) as CanaryKind[]))];
  const head = (records: string): TableCell[] => [{ text: method.label }, { text: title }, { text: records }];
  const smallest = Math.max(...runs.map(({ smallestFpr }) => smallestFpr));
  return [
    [...head('no canaries'), ...numbers(runs), { text: formatNumber(smallest, 'significant') }],
    ...kinds.map((kind): TableCell[] => {
      const judged = runs.flatMap(({ canaries }) => canaries[kind] ?? []);
      return [...head(kind), ...numbers(judged), { text: smallestFpr(judged) }];
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
  if (found.length === 0 || found.length < judged.length) return { text: 'not measured' };
  return intervalCell(overSeeds(found), 'proportion');
}

/** Canaries are few, so that small rates may not be resolvable; the reason for a missing interval tells from where on. */
function smallestFpr(judged: readonly Judged[]): string {
  const rates = judged.flatMap(({ tprAtFpr }) =>
    Object.values(tprAtFpr).flatMap((tpr) => resolvableFpr(tpr) ?? []),
  );
  if (rates.length > 0) return formatNumber(Math.max(...rates), 'significant');
  const isResolved = judged.every(({ tprAtFpr }) => (tprAtFpr['0.001']?.low ?? null) !== null);
  return isResolved ? 'at most 0.001' : '\u2013';
}
