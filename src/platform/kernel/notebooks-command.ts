import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors';
import { projectRoot } from '../../paths';
import { checkTolerance, compareFigures, defaultTolerance, figureDiffers } from './figure-differences';
import { notebookPassed, notebookReport, type FigureCheck } from './notebook-report';
import { runNotebooks } from './run-notebook';
import type { NotebookResult, NotebookRun } from './run-notebook';

export interface NotebooksCommand extends Omit<NotebookRun, 'files' | 'smoke' | 'inPlace' | 'onCell'> {
  /** Default: all of the project's notebooks, in the order of their names. */
  readonly files?: readonly string[];
  /** Full sizes instead of the tiny ones of CCL_SMOKE=1. Default false. */
  readonly full?: boolean;
  /** Keep the outputs in the files. Figures that change are told of and fail nothing then. Default false. */
  readonly write?: boolean;
  /** Relative difference up to which numbers of figures equal those in the file, at full sizes. Default 1e-3. */
  readonly tolerance?: number;
  /** Takes the lines of the report. Default: standard output. */
  readonly print?: (line: string) => void;
}

/**
 * `ccl notebooks [FILES] [--full] [--write] [--tolerance N]`: executes notebooks and reports on each. At full sizes
 * figures must be those that the file has; at the tiny ones each cell must show as many.
 *
 * @returns the exit status: 0 when all passed, else 1
 * @throws UserError when there is nothing to run, Python is missing, or the tolerance is no number of at least 0
 */
export async function notebooksCommand(command: NotebooksCommand = {}): Promise<number> {
  const {
    files,
    full = false,
    write = false,
    tolerance,
    print = (line) => console.log(line),
    ...rest
  } = command;
  if (write && !full) {
    throw new UserError(
      'Outputs of the tiny sizes are not kept: --write needs --full, or leave out --write to only check.',
    );
  }
  if (tolerance !== undefined && !full) {
    throw new UserError('Figures of the tiny sizes have other numbers: --tolerance needs --full.');
  }
  if (tolerance !== undefined) checkTolerance(tolerance);
  const chosen = files && files.length > 0 ? files : projectNotebooks();
  if (chosen.length === 0) throw new UserError('There is no notebook in the folder notebooks.');
  let failed = 0;
  for (const file of chosen) {
    const results = await runNotebooks({ ...rest, files: [file], smoke: !full, inPlace: write });
    for (const result of results) {
      const check = full ? checkNumbers(result, tolerance, write) : checkCounts(result);
      print(notebookReport(result, check));
      if (!notebookPassed(result, check)) failed++;
    }
  }
  print(failed === 0 ? `${chosen.length} passed` : `${failed} of ${chosen.length} failed`);
  return failed === 0 ? 0 : 1;
}

/** The figures of a run at full sizes, number by number. */
function checkNumbers(
  { figures }: NotebookResult,
  tolerance: number = defaultTolerance,
  written: boolean,
): FigureCheck {
  if (figures === null) {
    return { comparisons: [], written, note: 'The file had no outputs, so no figures were compared.' };
  }
  const comparisons = compareFigures(figures, tolerance);
  const differing = comparisons.filter(figureDiffers).length;
  if (differing === 0) return { comparisons, written };
  const count = `${differing} of ${comparisons.length} figures`;
  const note = written
    ? `${count} changed (relative tolerance ${tolerance}); the file has the new ones now.`
    : `${count} not as in the file (relative tolerance ${tolerance}). --write keeps the new ones; for another ` +
      'processor, on which training gives other last bits, there is --tolerance.';
  return { comparisons, written, note };
}

/** The tiny sizes give other numbers, but as many figures a cell. */
function checkCounts({ figures }: NotebookResult): FigureCheck {
  const comparisons = compareFigures(figures ?? []).filter(({ shown }) => shown !== 'both');
  return { comparisons, written: false };
}

function projectNotebooks(): string[] {
  const folder = path.join(projectRoot, 'notebooks');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => path.join(folder, name));
}
