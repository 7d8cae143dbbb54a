import path from 'node:path';
import { figureDiffers, type FigureComparison } from './figure-differences';
import { figureReport } from './figure-report';
import type { NotebookCellResult, NotebookResult } from './run-notebook';

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
