import type { DataFrame } from 'danfojs-node';
import { badInput, notInstalled } from '../errors';

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

function sortingMissingLast(made: Frame): Frame {
  function sortValues(name: string, options: SortOptions & { inplace: true }): undefined;
  function sortValues(name: string, options?: SortOptions): Frame;
  function sortValues(
    name: string,
    { ascending = true, inplace = false }: SortOptions = {},
  ): Frame | undefined {
    const at = made.columns.indexOf(name);
    if (at < 0) {
      throw badInput('a column', name, `must be one of ${made.columns.join(', ')}`, 'Look at frame.columns');
    }
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
