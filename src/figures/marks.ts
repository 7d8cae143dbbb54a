import type { Interval } from '../metrics/interval';
import type { PlotlyErrorBars, PlotlyTrace } from './plotly-spec';
import { compactNumber } from './text';
import { translucent } from './theme';

interface ErrorBarStyle {
  readonly thickness?: number;
  readonly width?: number;
  readonly within?: readonly [number, number];
}

const everything = [-Infinity, Infinity] as const;
/** What accuracies, areas and rates can be. */
export const proportions = [0, 1] as const;

/**
 * Bars from `low` to `high` along an axis, one a point, as a part of a trace; none at points without an interval, and no
 * part at all where no point has one.
 *
 * @param within what the quantity can be, e.g. [0, 1] for an accuracy: Student's interval of a mean does not know, and a
 *   bar ends there. Tables and pointers say the whole interval
 */
export function errorBars(
  along: 'x' | 'y',
  intervals: readonly Interval[],
  color: string,
  { thickness = 1.2, width = 4, within: [least, most] = everything }: ErrorBarStyle = {},
): { readonly [key in 'error_x' | 'error_y']?: PlotlyErrorBars } {
  if (intervals.every(({ low, high }) => low === null || high === null)) return {};
  const bars: PlotlyErrorBars = {
    type: 'data',
    symmetric: false,
    array: intervals.map(({ estimate, high }) => compactNumber(Math.min(high ?? estimate, most) - estimate)),
    arrayminus: intervals.map(({ estimate, low }) =>
      compactNumber(estimate - Math.max(low ?? estimate, least)),
    ),
    color,
    thickness,
    width,
  };
  return { [`error_${along}`]: bars };
}

export interface BandParts {
  readonly uid: string;
  readonly name: string;
  readonly x: readonly number[];
  /** Points where either end is null are left out. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** `hv`: each value holds until the next x, as in steps. */
  readonly shape: 'linear' | 'hv';
  /** What ends at or below it is drawn to it: a log axis has no place for 0. */
  readonly floor?: number;
  readonly color: string;
  readonly opacity?: number;
}

/** A filled band between two curves, as one closed outline: up along the upper ends, back along the lower ones. */
export function bandTrace({ uid, name, x, low, high, shape, color, ...parts }: BandParts): PlotlyTrace {
  const { floor = -Infinity, opacity = 0.15 } = parts;
  const at = x.flatMap((_, i) => (low[i] === null || high[i] === null ? [] : [i]));
  const side = (values: readonly (number | null)[]): { x: number; y: number }[] =>
    at.flatMap((i, k) => {
      const y = compactNumber(Math.max(values[i]!, floor));
      const corner = { x: compactNumber(x[i]), y };
      const isStep = shape === 'hv' && k + 1 < at.length;
      return isStep ? [corner, { x: compactNumber(x[at[k + 1]]), y }] : [corner];
    });
  const outline = [...side(high), ...side(low).reverse()];
  return {
    type: 'scatter',
    uid,
    name,
    x: outline.map((corner) => corner.x),
    y: outline.map((corner) => corner.y),
    mode: 'lines',
    line: { color: 'rgba(0,0,0,0)', width: 0 },
    fill: 'toself',
    fillcolor: translucent(color, opacity),
    showlegend: false,
    hoverinfo: 'skip',
  };
}

/**
 * Powers of ten between which all positive finite values lie, with a little room; at least one whole decade, so that a
 * logarithmic axis has a label.
 */
export function positiveDecades(values: readonly number[]): readonly [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [-1, 1];
  const low = Math.log10(positive.reduce((a, b) => Math.min(a, b)));
  const high = Math.log10(positive.reduce((a, b) => Math.max(a, b)));
  return [Math.min(low - 0.1, Math.floor(high) - 0.05), Math.max(high + 0.1, Math.ceil(low) + 0.05)];
}
