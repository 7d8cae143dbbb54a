import type { Interval } from '../metrics/interval';
import { formatBounds, formatDifference, formatNumber, type NumberStyle } from './text';

export interface TableColumn {
  readonly title: string;
  /** What is better, the unit, or how it was averaged; shown small below the title. */
  readonly note?: string;
  readonly kind: 'label' | 'number' | 'text';
}

export interface TableCell {
  readonly text: string;
  /** Shown small below the text, e.g. an interval. */
  readonly detail?: string;
  /** The number itself, for CSV and LaTeX; `text` and `detail` are how people read it. */
  readonly interval?: Interval;
  /** The same of a cell without an interval; null where a number was not measured. */
  readonly value?: number | null;
  /** How `text` prints the numbers of `interval`. */
  readonly print?: (value: number) => string;
  /** A short verdict beside the text. */
  readonly badge?: { readonly text: string; readonly tone: 'good' | 'bad' | 'neutral' };
}

export interface TableParts {
  readonly title: string;
  /** What the numbers are, as sentences. */
  readonly note: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** The interval of a cell as its `detail` shows it. */
export function shownBounds({ interval, print = String }: TableCell): string | undefined {
  if (interval === undefined) return undefined;
  const { low, high } = interval;
  return low === null || high === null ? 'no interval' : `${print(low)} to ${print(high)}`;
}

/** What stands below the text of a cell beside its interval. */
export function smallPrint(cell: TableCell): string | undefined {
  return cell.detail === shownBounds(cell) ? undefined : cell.detail;
}

/** A table's cell of an estimate with its interval below it; LaTeX and CSV take the numbers themselves. */
export function intervalCell(interval: Interval, style: NumberStyle): TableCell {
  return {
    text: formatNumber(interval.estimate, style),
    detail: formatBounds(interval, style),
    interval,
    print: (value) => formatNumber(value, style),
  };
}

/** The same for a difference, with signs. */
export function differenceCell(interval: Interval, style: NumberStyle): TableCell {
  const print = (value: number): string => formatDifference(value, style);
  return { text: print(interval.estimate), interval, print };
}

/** A number without an interval; undefined or null where it was not measured. */
export function valueCell(value: number | null | undefined, style: NumberStyle): TableCell {
  return value === null || value === undefined
    ? notMeasured
    : { text: formatNumber(value, style), value: Number.isFinite(value) ? value : null };
}

export const notMeasured: TableCell = { text: 'not measured', value: null };
