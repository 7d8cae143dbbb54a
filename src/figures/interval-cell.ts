import type { Interval } from '../metrics/interval';
import { formatBounds, formatDifference, formatNumber, type NumberStyle } from './number-format';
import type { TableCell } from './table-parts';

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
