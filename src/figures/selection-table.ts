import type { Selection, StudyResult } from '../experiments/study-result';
import { intervalCell } from './interval-cell';
import { formatNumber } from './number-format';
import { mostSeeds } from './over-seeds';
import { familyTitle } from './study-families';
import { stamp } from './study-tables';
import { Table, type TableCell } from './table';

/**
 * The parameters that the shadow models of a study point to, a row a family: what the shadow models show of the chosen
 * ones, and beside it what the targets do.
 */
export function selectionTable(result: StudyResult): Table {
  const rules = [...new Set(result.selections.map(({ rule }) => rule))];
  const seeds = mostSeeds(result.methods);
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

function selectionRow({ methods }: StudyResult, { family, chosen, candidates }: Selection): TableCell[] {
  const first = methods.find((method) => method.family === family);
  const head = [
    { text: first === undefined ? family : familyTitle(first.label) },
    { text: String(candidates.length) },
  ];
  const method = methods.find(({ key }) => key === chosen);
  const candidate = candidates.find((each) => each.method === chosen);
  if (method === undefined || candidate === undefined) {
    return [...head, { text: 'none' }, ...Array.from({ length: 5 }, () => ({ text: '\u2013' }))];
  }
  const { p1, advantage, testAccuracy } = candidate;
  return [
    ...head,
    { text: method.label },
    ...[p1, advantage, testAccuracy].map((value) => ({ text: formatNumber(value, 'proportion') })),
    intervalCell(method.summary.testAccuracy, 'proportion'),
    intervalCell(method.summary.advantage, 'proportion'),
  ];
}
