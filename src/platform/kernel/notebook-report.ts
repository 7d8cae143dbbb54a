import path from 'node:path';
import { figureDiffers, type FigureComparison } from './figure-differences';
import type { NotebookCellResult, NotebookResult } from './run-notebook';
import type { Difference } from '../formats/json-text';

/** What became of the figures of a notebook. */
export interface FigureCheck {
  readonly comparisons: readonly FigureComparison[];
  /** The notebook's file has the new figures already. */
  readonly written: boolean;
  /** What to say last, as a sentence. */
  readonly note?: string;
}

const noCheck: FigureCheck = { comparisons: [], written: false };

/** True if all cells ran and the figures are those of the file, or have been written into it. */
export function notebookPassed(result: NotebookResult, { comparisons, written }: FigureCheck): boolean {
  return result.ok && (written || !comparisons.some(figureDiffers));
}

/**
 * One line for a notebook and one for each figure that was compared; for a notebook that failed all that is needed to
 * see why.
 */
export function notebookReport(result: NotebookResult, check: FigureCheck = noCheck): string {
  const ran = `${result.cells.length} ${result.cells.length === 1 ? 'cell' : 'cells'}`;
  const word = notebookPassed(result, check) ? 'ok    ' : 'FAILED';
  const lines = [`${word}  ${path.basename(result.file)}  ${ran}, ${result.seconds.toFixed(1)} s`];
  const cell = result.cells.find(({ status }) => status !== 'ok');
  if (cell) lines.push(...failedCell(cell));
  if (result.problem !== undefined) lines.push(`  ${result.problem}`);
  lines.push(...figureReport(check.comparisons));
  if (check.note !== undefined) lines.push(`  ${check.note}`);
  return lines.join('\n');
}

function failedCell(cell: NotebookCellResult): string[] {
  const lines = [`  Cell ${cell.cell}:`, ...indented(cell.source)];
  if (cell.status === 'timeout') lines.push(`  It did not end within ${cell.seconds.toFixed(0)} s.`);
  if (cell.error) lines.push(...cell.error.traceback.flatMap((line) => indented(line, '  ')));
  if (cell.stderr) lines.push('  It wrote to stderr:', ...indented(cell.stderr.trimEnd()));
  return lines;
}

function indented(text: string, by = '    | '): string[] {
  return text.split('\n').map((line) => by + line);
}

/** Differences told of one figure; the others are only counted. */
const told = 5;
/** Longest value in a line, in characters. */
const longest = 60;

/** A line for each figure: how far it is from what the notebook's file has; below one that differs, where. */
export function figureReport(figures: readonly FigureComparison[]): string[] {
  return figures.flatMap((figure) => {
    const { cell, title, shown, differences, largest } = figure;
    const several = figures.filter((other) => other.cell === cell).length > 1;
    const place = `Cell ${cell}, figure${several ? ` ${figure.figure}` : ''}${title === '' ? '' : ` «${title}»`}`;
    if (shown === 'only kept') return [`  ${place}: the file has it, the cell no longer shows it`];
    if (shown === 'only now') return [`  ${place}: the cell shows it, the file does not have it`];
    const distance = largest === null || largest.relative === 0 ? 'equal' : distanceText(largest);
    if (!figureDiffers(figure)) return [`  ${place}: ${distance}`];
    const { length } = differences;
    const rest = length > told ? [`    and ${length - told} more`] : [];
    return [
      `  ${place}: ${length} ${length === 1 ? 'difference' : 'differences'}${distance === 'equal' ? '' : `; ${distance}`}`,
      ...differences.slice(0, told).map(differenceText),
      ...rest,
    ];
  });
}

function distanceText({ relative, path }: NonNullable<FigureComparison['largest']>): string {
  return `largest relative difference ${relative.toPrecision(2)}, at ${path}`;
}

function differenceText({ path, a, b }: Difference): string {
  // Long texts are shown from where they part.
  const from = typeof a === 'string' && typeof b === 'string' ? firstDifference(a, b) : 0;
  return `    ${path}: ${valueText(a, from)} in the file, ${valueText(b, from)} now`;
}

function firstDifference(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}

function valueText(value: unknown, from: number): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const start = text.length > longest ? Math.max(0, from - longest / 3) : 0;
  const end = start + longest;
  const part = `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
  return typeof value === 'string' ? `"${part}"` : part;
}
