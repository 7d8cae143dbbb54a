import { badInput } from '../errors';
import { axisId, panelGrid, type PanelPlace } from './panels';
import type {
  PlotlyAnimation,
  PlotlyAnnotation,
  PlotlyAxis,
  PlotlyFrame,
  PlotlyLayout,
  PlotlySpec,
  PlotlyTrace,
} from './plotly-spec';
import { compactNumber, formatNumber, plotText } from './text';
import {
  axis,
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  methodStyle,
  themes,
  translucent,
} from './theme';

/** The records under one loss at one moment. */
export interface FlowState {
  readonly mean: number;
  readonly variance: number;
  readonly density: DensityCurve;
}

/** A density of u, scaled to a peak of 1. */
export interface DensityCurve {
  readonly u: readonly number[];
  readonly height: readonly number[];
}

export interface FlowTrack {
  readonly label: string;
  /** One a frame. */
  readonly states: readonly FlowState[];
  /** One a matched mean; null where this loss does not get there. */
  readonly matched: readonly (FlowState | null)[];
}

export interface FlowPicture {
  readonly tracks: readonly FlowTrack[];
  /** What the frames run along: time of the flow, or the common mean of u. */
  readonly along: 'time' | 'mean';
  /** Time or mean of each frame. */
  readonly at: readonly number[];
  /** Means of the small multiples. */
  readonly means: readonly number[];
}

export const varianceFlowHeight = 470;
const stillGrid = { minWidth: 250, most: 2, panelHeight: 205, heading: 4, between: 44 };

/**
 * The density of values with weights as a curve of `points` points between the quantiles 0.001 and 0.999, scaled to a
 * peak of 1.
 *
 * @param values [n], n >= 2, in any order
 * @param weights [n], positive, of sum 1
 * @param kind `nodes` of a quadrature, which lie on a smooth density: weight over spacing at each node; records of a
 *   `sample`: shares in equal bins
 */
export function densityCurve(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  kind: 'nodes' | 'sample',
  points = 48,
): DensityCurve {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const x = order.map((i) => values[i]);
  let sum = 0;
  const cumulative = order.map((i) => {
    sum += weights[i];
    return sum - weights[i] / 2;
  });
  const [low, high] = [0.001, 0.999].map(joined(cumulative, x));
  const bins = points - 2;
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  const centers = edges.slice(1).map((edge, i) => (edges[i] + edge) / 2);
  const shareBelow = joined(x, cumulative);
  const heights =
    kind === 'nodes'
      ? centers.map(
          joined(
            x,
            nodeDensity(x, (i) => weights[order[i]]),
          ),
        )
      : edges.slice(1).map((edge, i) => shareBelow(edge) - shareBelow(edges[i]));
  const peak = Math.max(...heights, Number.MIN_VALUE);
  return {
    u: [low, ...centers, high].map(compactNumber),
    height: [0, ...heights.map((each) => compactNumber(each / peak)), 0],
  };
}

function nodeDensity(x: readonly number[], weight: (i: number) => number): number[] {
  return x.map((_, i) => {
    const width = (x[Math.min(i + 1, x.length - 1)] - x[Math.max(i - 1, 0)]) / 2;
    return width > 0 ? weight(i) / width : 0;
  });
}

/** The function that joins points by lines and is constant beyond them; `from` ascending. */
function joined(from: readonly number[], to: readonly number[]): (value: number) => number {
  return (value) => {
    const after = from.findIndex((each) => each >= value);
    if (after === 0) return to[0];
    if (after < 0) return to[to.length - 1];
    const step = from[after] - from[after - 1];
    const share = step === 0 ? 1 : (value - from[after - 1]) / step;
    return to[after - 1] + share * (to[after] - to[after - 1]);
  };
}

function requireTracks({ tracks, at, means }: FlowPicture): void {
  const complete = tracks.every(
    ({ states, matched }) => states.length === at.length && matched.length === means.length,
  );
  if (tracks.length > 0 && at.length > 0 && complete) return;
  throw badInput(
    'the flow',
    { losses: tracks.length, frames: at.length, means: means.length },
    'needs at least one loss and one frame, and a state of each loss for every frame and mean',
    'Pass losses, and times or means to show',
  );
}

function density(track: FlowTrack, state: FlowState | null, i: number, style: FigureStyle): PlotlyTrace {
  const { color, dash } = methodStyle(themes[style.theme], i);
  return {
    type: 'scatter',
    uid: `density-${i}`,
    name: plotText(track.label),
    legendgroup: `loss-${i}`,
    x: state?.density.u ?? [null],
    y: state?.density.height ?? [null],
    mode: 'lines',
    line: { color, width: 2, dash },
    fill: 'tozeroy',
    fillcolor: translucent(color, 0.08),
    hovertemplate: `${plotText(track.label)}<br>u %{x:.3g}<extra></extra>`,
  };
}

/** The live form: the densities at the slider's moment, and where each loss is on its curve of variances. */
export function varianceFlowLive(picture: FlowPicture, framing: Framing, style: FigureStyle): PlotlySpec {
  requireTracks(picture);
  const { tracks, along, at } = picture;
  const xs = (track: FlowTrack): readonly number[] =>
    along === 'time' ? at : track.states.map(({ mean }) => mean);
  const path = (track: FlowTrack, i: number): PlotlyTrace => {
    const { color, dash } = methodStyle(themes[style.theme], i);
    return {
      ...rightPanel(track, i),
      uid: `path-${i}`,
      x: xs(track).map(compactNumber),
      y: track.states.map(({ variance }) => compactNumber(variance)),
      mode: 'lines',
      line: { color, width: 1.6, dash },
    };
  };
  const point = (track: FlowTrack, i: number): PlotlyTrace => {
    const { color, symbol } = methodStyle(themes[style.theme], i);
    return {
      ...rightPanel(track, i),
      uid: `now-${i}`,
      x: [compactNumber(xs(track)[0])],
      y: [compactNumber(track.states[0].variance)],
      mode: 'markers',
      marker: { color, symbol, size: 10, line: { color: themes[style.theme].background, width: 1 } },
    };
  };
  const frames = at.map((moment, f): PlotlyFrame => ({
    name: frameName(moment),
    traces: tracks.flatMap((_, i) => [i, tracks.length + i]).sort((a, b) => a - b),
    data: [
      ...tracks.map(({ states }) => ({ x: states[f].density.u, y: states[f].density.height })),
      ...tracks.map((track) => ({
        x: [compactNumber(xs(track)[f])],
        y: [compactNumber(track.states[f].variance)],
      })),
    ],
  }));
  return {
    data: [
      ...tracks.map((track, i) => density(track, track.states[0], i, style)),
      ...tracks.map(point),
      ...tracks.map(path),
    ],
    layout: {
      ...framedLayout(framing, style),
      ...liveAxes(picture, style),
      ...controls(picture, style),
    },
    frames,
    config: figureConfig,
  };
}

function rightPanel(track: FlowTrack, i: number) {
  const name = plotText(track.label);
  const hovertemplate = `${name}<br>Var(u) %{y:.4f}<extra></extra>`;
  const on = { type: 'scatter', xaxis: 'x2', yaxis: 'y2', showlegend: false } as const;
  return { ...on, name, legendgroup: `loss-${i}`, hovertemplate };
}

function frameName(moment: number): string {
  return String(Number(moment.toFixed(3)));
}

/** The strip below the panels is for the slider. */
const liveDomain = [0.3, 1] as const;

function liveAxes({ tracks, along, at }: FlowPicture, style: FigureStyle): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const states = tracks.flatMap((track) => track.states);
  const widest = Math.max(...states.map(({ density: { u } }) => u[u.length - 1]));
  const highest = Math.max(...states.map(({ variance }) => variance));
  const moments = [Math.min(...at), Math.max(...at)];
  return {
    xaxis: axis(theme, 'cross-entropy loss u of a record', {
      domain: [0, 0.46],
      anchor: 'y',
      range: [0, compactNumber(widest)],
    }),
    yaxis: axis(theme, 'density (peak = 1)', { domain: liveDomain, anchor: 'x', range: [0, 1.08] }),
    xaxis2: axis(theme, along === 'time' ? 'time of the flow' : 'mean of u', {
      domain: [0.56, 1],
      anchor: 'y2',
      range: along === 'time' ? [moments[0], moments[1]] : [moments[1], moments[0]],
    }),
    yaxis2: axis(theme, 'Var(u)', {
      domain: liveDomain,
      anchor: 'x2',
      range: [0, compactNumber(highest * 1.08)],
    }),
  };
}

function controls(
  { along, at }: FlowPicture,
  style: FigureStyle,
): Pick<PlotlyLayout, 'sliders' | 'updatemenus'> {
  const theme = themes[style.theme];
  const animation = (duration: number): PlotlyAnimation => ({
    mode: 'immediate',
    fromcurrent: true,
    frame: { duration, redraw: false },
    transition: { duration: 0 },
  });
  const font = { size: 12, color: theme.ink };
  const place = { y: 0.13, yanchor: 'top', xanchor: 'left', font, bordercolor: theme.faintInk } as const;
  const bgcolor = theme.background;
  const pad = { t: 0, b: 0, l: 0, r: 0 };
  return {
    sliders: [
      {
        ...place,
        x: 0.2,
        len: 0.8,
        active: 0,
        pad,
        currentvalue: { prefix: along === 'time' ? 'time ' : 'mean of u ', font },
        steps: at.map((moment) => ({
          label: frameName(moment),
          method: 'animate',
          args: [[frameName(moment)], animation(0)],
        })),
      },
    ],
    updatemenus: [
      {
        ...place,
        x: 0,
        pad,
        bgcolor,
        type: 'buttons',
        direction: 'left',
        showactive: false,
        buttons: [
          { label: 'Play', method: 'animate', args: [null, animation(120)] },
          { label: 'Stop', method: 'animate', args: [[null], animation(0)] },
        ],
      },
    ],
  };
}

/** Height in pixels of the picture of so many means, without title and caption. */
export function varianceFlowStillHeight(means: number): number {
  return panelGrid(means, { theme: 'light', frame: 'bare' }, stillGrid).height;
}

/** The picture: small multiples at matched means, two columns where they fit. */
export function varianceFlowStill(picture: FlowPicture, framing: Framing, style: FigureStyle): PlotlySpec {
  requireTracks(picture);
  const { tracks, means } = picture;
  const { height, places } = panelGrid(means.length, style, stillGrid);
  const axes: Record<string, PlotlyAxis> = {};
  const data: PlotlyTrace[] = [];
  const annotations: PlotlyAnnotation[] = [];
  means.forEach((mean, m) => {
    const id = axisId(m);
    Object.assign(axes, multipleAxes(picture, m, places[m], style));
    tracks.forEach((track, i) => {
      const trace = density(track, track.matched[m], i, style);
      const place = { uid: `density-${i}-${m}`, xaxis: `x${id}`, yaxis: `y${id}`, showlegend: m === 0 };
      data.push({ ...trace, ...place });
    });
    annotations.push(panelText(picture, mean, m, id, style));
  });
  return {
    data,
    layout: { ...framedLayout({ ...framing, height }, style, annotations), ...axes },
    config: figureConfig,
  };
}

function multipleAxes(
  { tracks }: FlowPicture,
  m: number,
  place: PanelPlace,
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const id = axisId(m);
  const reach = tracks.flatMap(({ matched }) => matched[m]?.density.u ?? []);
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? 'cross-entropy loss u of a record' : '', {
      domain: place.x,
      anchor: `y${id}`,
      range: [0, reach.length === 0 ? 1 : compactNumber(Math.max(...reach))],
    }),
    [`yaxis${id}`]: axis(theme, place.isFirst ? 'density (peak = 1)' : '', {
      domain: place.y,
      anchor: `x${id}`,
      // The upper part is for the numbers.
      range: [0, 1.3],
      tickmode: 'array',
      tickvals: [0, 0.5, 1],
      ticktext: ['0', '0.5', '1'],
      showticklabels: place.isFirst,
    }),
  };
}

function panelText(
  { tracks }: FlowPicture,
  mean: number,
  m: number,
  id: string,
  style: FigureStyle,
): PlotlyAnnotation {
  const theme = themes[style.theme];
  const lines = tracks.map(({ label, matched }, i) => {
    const state = matched[m];
    const value = state === null ? 'not reached' : formatNumber(state.variance, 'significant');
    return `<span style="color:${methodStyle(theme, i).color}">${plotText(label)}: ${value}</span>`;
  });
  return {
    text: [`<b>mean of u = ${compactNumber(mean)}</b>`, 'Var(u)', ...lines].join('<br>'),
    xref: `x${id} domain`,
    yref: `y${id} domain`,
    x: 1,
    y: 1,
    xanchor: 'right',
    yanchor: 'top',
    align: 'right',
    showarrow: false,
    font: { size: 11.5, color: theme.ink },
  };
}
