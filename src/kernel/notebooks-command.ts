import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { projectRoot } from '../paths';
import { notebookReport } from './notebook-report';
import { runNotebooks } from './run-notebook';
import type { NotebookRun } from './run-notebook';

export interface NotebooksCommand extends Omit<NotebookRun, 'files' | 'smoke' | 'inPlace' | 'onCell'> {
  /** Default: all of the project's notebooks, in the order of their names. */
  readonly files?: readonly string[];
  /** Full sizes instead of the tiny ones of CCL_SMOKE=1. Default false. */
  readonly full?: boolean;
  /** Keep the outputs in the files. Default false. */
  readonly write?: boolean;
  /** Takes the lines of the report. Default: standard output. */
  readonly print?: (line: string) => void;
}

/**
 * `ccl notebooks [FILES] [--full] [--write]`: executes notebooks and reports on each.
 *
 * @returns the exit status: 0 when all passed, else 1
 * @throws UserError when there is nothing to run or Python is missing
 */
export async function notebooksCommand(command: NotebooksCommand = {}): Promise<number> {
  const { files, full = false, write = false, print = (line) => console.log(line), ...rest } = command;
  if (write && !full) {
    throw new UserError(
      'Outputs of the tiny sizes are not kept: --write needs --full, or leave out --write to only check.',
    );
  }
  const chosen = files && files.length > 0 ? files : projectNotebooks();
  if (chosen.length === 0) throw new UserError('There is no notebook in the folder notebooks.');
  let failed = 0;
  for (const file of chosen) {
    const results = await runNotebooks({ ...rest, files: [file], smoke: !full, inPlace: write });
    for (const result of results) {
      print(notebookReport(result));
      if (!result.ok) failed++;
    }
  }
  print(failed === 0 ? `${chosen.length} passed` : `${failed} of ${chosen.length} failed`);
  return failed === 0 ? 0 : 1;
}

function projectNotebooks(): string[] {
  const folder = path.join(projectRoot, 'notebooks');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => path.join(folder, name));
}
