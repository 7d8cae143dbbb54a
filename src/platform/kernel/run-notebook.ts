import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { UserError, badInput } from '../../errors';
import { projectRoot } from '../../paths';
import type { CellError } from './cell-error';
import type { CellFigures } from './figure-differences';
import { writeUserKernelSpec } from './kernel-spec.mjs';

/** The name by which notebooks ask for the kernel. */
const kernelName = 'ccl';

export interface NotebookCellResult {
  /** Its place among all cells of the notebook, from 1. */
  readonly cell: number;
  readonly status: 'ok' | 'failed' | 'timeout';
  readonly seconds: number;
  readonly source: string;
  /** All that the cell wrote to stderr. */
  readonly stderr: string;
  readonly error: CellError | null;
}

export interface NotebookResult {
  readonly file: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** The code cells that were run; the last one is the failing one when the notebook failed. */
  readonly cells: readonly NotebookCellResult[];
  /** What kept the notebook from being run at all or to its end, when that is not the fault of a cell. */
  readonly problem?: string;
  /**
   * Figures that the file kept and that its cells show now, of the cells that ran to their end; null if the file keeps
   * no outputs.
   */
  readonly figures: readonly CellFigures[] | null;
}

export interface NotebookRun {
  readonly files: readonly string[];
  /** Sets CCL_SMOKE=1 for the kernel: the notebooks make do with tiny sizes. Default false. */
  readonly smoke?: boolean;
  /** Writes the outputs into the notebooks. Default false. */
  readonly inPlace?: boolean;
  /** Longest time of one cell, in seconds. Default 600. */
  readonly timeoutSeconds?: number;
  /** A Python with nbclient. Default CCL_PYTHON, else the project's .venv. */
  readonly python?: string;
  /** Hears of each cell as it ends. */
  readonly onCell?: (file: string, cell: NotebookCellResult) => void;
}

/**
 * Executes notebooks one after the other through a real Jupyter client (nbclient) and the project's kernel.
 *
 * @throws UserError when a file or Python with nbclient is missing; a failing notebook is a result, not an error
 */
export async function runNotebooks(run: NotebookRun): Promise<NotebookResult[]> {
  const missing = run.files.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw badInput('the notebook', missing, 'no such file exists', 'Give the path of an .ipynb file');
  }
  const python = notebookPython(run.python);
  const folder = mkdtempSync(path.join(tmpdir(), 'ccl-notebooks-'));
  try {
    writeUserKernelSpec({ root: projectRoot, dataFolder: folder });
    const results: NotebookResult[] = [];
    for (const file of run.files) results.push(await runOne(path.resolve(file), python, folder, run));
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The Python that runs Jupyter: the one asked for, else CCL_PYTHON, else the project's own. */
function notebookPython(asked: string | undefined): string {
  const python =
    asked ??
    process.env.CCL_PYTHON ??
    path.join(projectRoot, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(python)) {
    throw new UserError(`Notebooks need Python with Jupyter, but there is no ${python}. Run: npm run setup.`);
  }
  return python;
}

type Line = NotebookCellResult | { problem: string } | { figures: CellFigures[] };

async function runOne(
  file: string,
  python: string,
  kernelFolder: string,
  { smoke = false, inPlace = false, timeoutSeconds = 600, onCell }: NotebookRun,
): Promise<NotebookResult> {
  const started = performance.now();
  const child = spawn(python, [path.join(__dirname, 'execute_notebook.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      JUPYTER_PATH: [kernelFolder, process.env.JUPYTER_PATH].filter(Boolean).join(path.delimiter),
      // The kernel inherits it.
      CCL_SMOKE: smoke ? '1' : '',
    },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  child.stdin.end(JSON.stringify({ file, kernel: kernelName, timeout: timeoutSeconds, in_place: inPlace }));
  const cells: NotebookCellResult[] = [];
  let problem: string | undefined;
  let figures: readonly CellFigures[] | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    // Words of the file may be in it, which a terminal must not obey.
    if ('problem' in line) problem = line.problem.replace(/\p{Cc}+/gu, ' ');
    else if ('figures' in line) figures = ofEndedCells(line.figures, cells);
    else {
      cells.push(line);
      onCell?.(file, line);
    }
  }
  const status = await ended;
  if (status !== 0) problem ??= errors.join('').trim() || `Python ended with status ${status}`;
  const ok = problem === undefined && cells.every((cell) => cell.status === 'ok');
  const seconds = (performance.now() - started) / 1000;
  return { file, ok, seconds, cells, figures, ...(problem === undefined ? {} : { problem }) };
}

function ofEndedCells(
  figures: readonly CellFigures[],
  cells: readonly NotebookCellResult[],
): readonly CellFigures[] {
  const ended = new Set(cells.filter(({ status }) => status === 'ok').map(({ cell }) => cell));
  return figures.filter(({ cell }) => ended.has(cell));
}
