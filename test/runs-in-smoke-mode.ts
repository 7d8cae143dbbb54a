import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { compareFigures } from '../src/platform/kernel/figure-differences';
import { runNotebooks } from '../src/platform/kernel/run-notebook';

/** Runs a notebook from top to bottom at tiny sizes: every cell is run and none fails, and all figures of the file are shown. */
export async function runsInSmokeMode(file: string): Promise<void> {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as { cells: { cell_type: string }[] };
  const [result] = await runNotebooks({ files: [file], smoke: true });
  expect(result.cells.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(result.problem).toBeUndefined();
  expect(result.ok).toBe(true);
  expect(result.cells.length).toBe(cells.filter(({ cell_type: type }) => type === 'code').length);
  expect(compareFigures(result.figures!).filter(({ shown }) => shown !== 'both')).toEqual([]);
}
