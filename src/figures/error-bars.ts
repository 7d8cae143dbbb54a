import type { Interval } from '../metrics/interval';
import { compactNumber } from './number-format';
import type { PlotlyErrorBars } from './plotly-spec';

/**
 * Bars from `low` to `high` along an axis, one a point, as a part of a trace; none at points without an interval, and no
 * part at all where no point has one.
 */
export function errorBars(
  along: 'x' | 'y',
  intervals: readonly Interval[],
  color: string,
  { thickness = 1.2, width = 4 } = {},
): { readonly [key in 'error_x' | 'error_y']?: PlotlyErrorBars } {
  if (intervals.every(({ low, high }) => low === null || high === null)) return {};
  const bars: PlotlyErrorBars = {
    type: 'data',
    symmetric: false,
    array: intervals.map(({ estimate, high }) => compactNumber((high ?? estimate) - estimate)),
    arrayminus: intervals.map(({ estimate, low }) => compactNumber(estimate - (low ?? estimate))),
    color,
    thickness,
    width,
  };
  return { [`error_${along}`]: bars };
}
