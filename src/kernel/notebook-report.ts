import path from 'node:path';
import type { NotebookCellResult, NotebookResult } from './run-notebook';

/** One line for a notebook, and for one that failed all that is needed to see why. */
export function notebookReport(result: NotebookResult): string {
  const ran = `${result.cells.length} ${result.cells.length === 1 ? 'cell' : 'cells'}`;
  const head = `${result.ok ? 'ok    ' : 'FAILED'}  ${path.basename(result.file)}  ${ran}, ${result.seconds.toFixed(1)} s`;
  if (result.ok) return head;
  const lines = [head];
  const cell = result.cells.find(({ status }) => status !== 'ok');
  if (cell) lines.push(...failedCell(cell));
  if (result.problem !== undefined) lines.push(`  ${result.problem}`);
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
