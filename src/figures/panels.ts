import type {
  PlotlyAnnotation,
  PlotlyAxis,
  PlotlyLegend,
  PlotlyShape,
  PlotlySpec,
  PlotlyTrace,
  PlotlyErrorBars,
} from './plotly-spec';
import { wrappedPlotText, compactNumber } from './text';
import {
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  plotWidth,
  themes,
  translucent,
} from './theme';
import type { Interval } from '../metrics/interval';

/** What one panel of a figure consists of. */
export interface PanelParts {
  readonly axes: Readonly<Record<string, PlotlyAxis>>;
  readonly data: readonly PlotlyTrace[];
  readonly annotations: readonly PlotlyAnnotation[];
  readonly shapes: readonly PlotlyShape[];
}

/** Plotly's suffix of the axes of panel i, from 0: '', '2', '3', ... */
export function axisId(i: number): string {
  return i === 0 ? '' : String(i + 1);
}

/** A figure of several panels, in their order. */
export function panelSpec(panels: readonly PanelParts[], framing: Framing, style: FigureStyle): PlotlySpec {
  const annotations = panels.flatMap((panel) => panel.annotations);
  const axes: Record<string, PlotlyAxis> = Object.assign({}, ...panels.map((panel) => panel.axes));
  return {
    data: panels.flatMap((panel) => panel.data),
    layout: {
      ...framedLayout(framing, style, annotations),
      ...axes,
      shapes: panels.flatMap((panel) => panel.shapes),
    },
    config: figureConfig,
  };
}

/** Where a panel stands: shares of the plot's width and height, as Plotly's `domain`. */
export interface PanelPlace {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Whether it is the first of its row, and the last of its column: there axis titles stand. */
  readonly isFirst: boolean;
  readonly isLowest: boolean;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface PanelGrid {
  /** Pixels of the figure without title and caption. */
  readonly height: number;
  readonly places: readonly PanelPlace[];
}

export interface GridOptions {
  /** Pixels that a panel needs at least; fewer stand side by side where it is not there. Default 220. */
  readonly minWidth?: number;
  /** At most so many side by side, default 4. */
  readonly most?: number;
  /** Pixels of a panel's plot, default 230. */
  readonly panelHeight?: number;
  /** Pixels between neighbors, for tick labels; default 46. */
  readonly across?: number;
  /** Pixels between rows beside the heading, for tick labels; default 34. */
  readonly between?: number;
  /** Pixels above each panel, default 24 (one line). */
  readonly heading?: number;
  /** Pixels at the left of the whole plot for long labels, default 0. */
  readonly left?: number;
}

/** Margins of a bare figure above and below the plot (theme.ts). */
const verticalMargins = 88;

/** Equal panels in rows, as many side by side as the width of the figure lets be read. */
export function panelGrid(count: number, style: FigureStyle, options: GridOptions = {}): PanelGrid {
  const { minWidth = 220, most = 4, panelHeight = 230, across = 46, between = 34 } = options;
  const { heading = 24, left = 0 } = options;
  const total = plotWidth(style);
  const fit = Math.floor((total - left + across) / (minWidth + across));
  const widest = Math.max(1, Math.min(count, most, fit));
  const rows = Math.ceil(count / widest);
  // Five panels stand as 3 + 2 rather than 4 + 1.
  const columns = Math.ceil(count / rows);
  const width = (total - left - across * (columns - 1)) / columns;
  const plotHeight = rows * (heading + panelHeight) + (rows - 1) * between;
  const places = Array.from({ length: count }, (_, i): PanelPlace => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const from = left + column * (width + across);
    const top = plotHeight - row * (heading + panelHeight + between) - heading;
    return {
      x: [from / total, (from + width) / total],
      y: [Math.max(0, (top - panelHeight) / plotHeight), top / plotHeight],
      isFirst: column === 0,
      isLowest: i + columns >= count,
      width,
      height: panelHeight,
    };
  });
  return { height: plotHeight + verticalMargins, places };
}

/** The name of a panel above its left edge, in as many lines as its width asks for. */
export function panelHeading(
  text: string,
  id: string,
  place: PanelPlace,
  style: FigureStyle,
): PlotlyAnnotation {
  return {
    text: `<b>${wrappedPlotText(text, Math.floor(place.width / 7.8))}</b>`,
    xref: `x${id} domain`,
    yref: `y${id} domain`,
    x: 0,
    y: 1,
    xanchor: 'left',
    yanchor: 'bottom',
    yshift: 3,
    align: 'left',
    showarrow: false,
    font: { size: 12, color: themes[style.theme].ink },
  };
}

/** The same figure for panels that need no legend: its strip goes away. */
export function withoutLegend({ layout, ...rest }: PlotlySpec): PlotlySpec {
  const { margin, height } = layout;
  const others = { ...layout };
  delete (others as { legend?: PlotlyLegend }).legend;
  const strip = 24;
  return {
    ...rest,
    layout: {
      ...others,
      showlegend: false,
      ...(margin === undefined ? {} : { margin: { ...margin, t: margin.t - strip } }),
      ...(height === undefined ? {} : { height: height - strip }),
    },
  };
}

/** A line that stands in the legend and nowhere else. */
export function legendOnly(
  uid: string,
  name: string,
  look: Pick<PlotlyTrace, 'mode' | 'line' | 'marker'> & Partial<PlotlyTrace>,
): PlotlyTrace {
  return { type: 'scatter', uid, name, x: [null], y: [null], ...look, hoverinfo: 'skip' };
}

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
