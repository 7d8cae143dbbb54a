import type { DataFrame } from 'danfojs-node';
import { badInput, notInstalled } from '../errors';
import { mean } from '../platform/math/quantile';

/** danfo's DataFrame, under a name of ours: in a notebook the type of a variable must be nameable. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a type alias would not be a name
export interface Frame extends DataFrame {}

/** Rows with named values, as tables of results are. */
export type FrameRows = readonly Readonly<Record<string, unknown>>[];

/**
 * A danfo data frame of rows, e.g. `await frame(experiments.resultTables(result).runs)`. A key that a row lacks is
 * missing there. A table of a result gives its frame itself: `await figures.studyTable(result).frame()`.
 *
 * A missing number becomes NaN, since danfo averages null as 0. `sortValues` of this frame, and of those that it gives,
 * puts missing values last; danfo's own takes null for 0 and leaves an order with NaN in it unsorted. `dropNa()` takes
 * such rows out.
 *
 * @throws UserError if there are no rows
 *
 * @example
 * ```ts
 * import { frame } from 'ccl-lab';
 *
 * const runs = await frame([{ loss: 'ce', auc: 0.9 }, { loss: 'ccel', auc: 0.8 }, { loss: 'ce', auc: 0.7 }]);
 * console.log(runs.groupby(['loss']).col(['auc']).mean().shape.join(' x ')); // prints 2 x 2
 * ```
 */
export async function frame(rows: FrameRows): Promise<Frame> {
  if (rows.length === 0) throw badInput('the rows of a frame', [], 'must be one at least', 'Pass rows');
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return frameOf(
    columns,
    rows.map((row) => columns.map((name) => row[name])),
  );
}

/** The same of rows without names; there may be none. */
export async function frameOf(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<Frame> {
  const { DataFrame: Danfo } = await import('danfojs-node').catch((error: unknown) => {
    throw notInstalled(error, 'A data frame', 'danfojs-node');
  });
  const numeric = columns.map((_, i) => {
    const there = rows.map((row) => row[i]).filter((value) => value !== null && value !== undefined);
    return there.length > 0 && there.every((value) => typeof value === 'number');
  });
  const made = new Danfo(
    rows.map((row) => row.map((value, i) => (numeric[i] ? (value ?? Number.NaN) : value))),
    { columns: [...columns] },
  );
  return sortingMissingLast(made);
}

/** Columns of a frame, by what a wide one has of them. */
export interface PivotColumns {
  /** One row for each of its values. */
  readonly index: string;
  /** One column for each of its values. */
  readonly columns: string;
  /** What stands in the cells: numbers. */
  readonly values: string;
}

/**
 * A long frame made wide, e.g. `await experiments.pivot(attacks, { index: 'label', columns: 'attack', values: 'auc' })`:
 * in a cell the mean of the numbers of its rows, missing ones left out, and NaN where there are none. Rows and columns stand
 * in the order in which they first come.
 *
 * @throws UserError for a column that the frame does not have, or values that are no numbers
 */
export async function pivot(long: Frame, { index, columns, values }: PivotColumns): Promise<Frame> {
  const [rowAt, columnAt, valueAt] = [index, columns, values].map((name) => placeOf(long, name));
  const rows = new Map<unknown, Map<string, number[]>>();
  const names = new Set<string>();
  for (const row of long.values as unknown[][]) {
    const [key, name, value] = [row[rowAt], String(row[columnAt]), row[valueAt]];
    const cells = rows.get(key) ?? new Map<string, number[]>();
    rows.set(key, cells);
    names.add(name);
    if (isMissing(value)) continue;
    if (typeof value !== 'number') {
      throw badInput(`a value of column ${values}`, value, 'must be a number', 'Pivot a column of numbers');
    }
    const numbers = cells.get(name);
    if (numbers === undefined) cells.set(name, [value]);
    else numbers.push(value);
  }
  return frameOf(
    [index, ...names],
    [...rows].map(([key, cells]) => [
      key,
      ...[...names].map((name) => mean(cells.get(name) ?? [Number.NaN])),
    ]),
  );
}

function placeOf(of: Frame, name: string): number {
  const at = of.columns.indexOf(name);
  if (at < 0)
    throw badInput('a column', name, `must be one of ${of.columns.join(', ')}`, 'Look at frame.columns');
  return at;
}

function sortingMissingLast(made: Frame): Frame {
  function sortValues(name: string, options: SortOptions & { inplace: true }): undefined;
  function sortValues(name: string, options?: SortOptions): Frame;
  function sortValues(
    name: string,
    { ascending = true, inplace = false }: SortOptions = {},
  ): Frame | undefined {
    const at = placeOf(made, name);
    const values = (made.values as unknown[][]).map((row) => row[at]);
    const order = [...values.keys()].sort((a, b) => comparedMissingLast(values[a], values[b], ascending));
    const sorted = made.iloc({ rows: order });
    if (!inplace) return sortingMissingLast(sorted);
    made.$setValues(sorted.values as never);
    made.$setIndex(sorted.index);
    return undefined;
  }
  return Object.assign(made, { sortValues });
}

interface SortOptions {
  readonly ascending?: boolean;
  readonly inplace?: boolean;
}

const isMissing = (value: unknown): boolean => value === null || value === undefined || Number.isNaN(value);

/** For Array.sort, which keeps the order of equals. */
function comparedMissingLast(a: unknown, b: unknown, ascending: boolean): number {
  if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
  const up = (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  return ascending ? up : -up;
}
