import { badInput } from '../errors';
import { normalCdf } from '../platform/math/distributions';
import { gaussianAdvantage, varianceCounterexample } from '../theory/advantage-bounds';
import { type Figure, theoryFigure } from './figure';
import { axisId, panelGrid, panelHeading, type PanelParts, type PanelPlace, panelSpec } from './panels';
import type { PlotlyAnnotation, PlotlyAxis, PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatNumber } from './text';
import { axis, type FigureStyle, type Framing, themes } from './theme';

/** Share of records with a loss of at most t, a step or a curve through these points. */
export interface Cumulative {
  readonly t: readonly number[];
  /** In [0, 1], ascending. */
  readonly share: readonly number[];
}

/** Two distributions of losses and the advantage of the best threshold between them. */
export interface DistributionPair {
  readonly label: string;
  readonly members: Cumulative;
  readonly nonMembers: Cumulative;
  /** Whether `share` holds from each t on until the next (atoms), or is joined by lines. */
  readonly memberSteps: boolean;
  readonly memberVariance: number;
  readonly nonMemberVariance: number;
  readonly advantage: number;
  /** The best threshold, «member if loss <= t», and the two shares there. */
  readonly threshold: { readonly t: number; readonly members: number; readonly nonMembers: number };
}

/** Height in pixels of so many pairs, without title and caption. */
export function counterexampleHeight(pairs: number): number {
  return grid(pairs, { theme: 'light', frame: 'bare' }).height;
}

function grid(pairs: number, style: FigureStyle) {
  return panelGrid(pairs, style, { minWidth: 290, most: 2, panelHeight: 280, heading: 54, across: 56 });
}

/**
 * Cumulative distributions side by side. The advantage of a threshold is the vertical distance between the two curves, and
 * atoms and densities can be drawn on the same axis.
 */
export function varianceCounterexampleSpec(
  pairs: readonly DistributionPair[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (pairs.length === 0) {
    throw badInput('pairs', pairs, 'must be at least one', 'Pass pairs of distributions');
  }
  const { height, places } = grid(pairs.length, style);
  const parts = pairs.map((pair, i): PanelParts => {
    const id = axisId(i);
    return {
      axes: panelAxes(pair, i, places[i], style),
      data: sides(pair, id, style),
      annotations: [heading(pair, id, places[i], style), distance(pair, id, style)],
      shapes: [distanceLine(pair, id, style)],
    };
  });
  return panelSpec(parts, { ...framing, height }, style);
}

function panelAxes(
  pair: DistributionPair,
  i: number,
  place: PanelPlace,
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const id = axisId(i);
  const all = [...pair.members.t, ...pair.nonMembers.t];
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? 'loss threshold t' : '', {
      domain: place.x,
      anchor: `y${id}`,
      range: [Math.min(...all), Math.max(...all)],
    }),
    [`yaxis${id}`]: axis(theme, place.isFirst ? 'share of records with loss \u2264 t' : '', {
      domain: place.y,
      anchor: `x${id}`,
      range: [0, 1.03],
      tickformat: '.0%',
    }),
  };
}

function sides(pair: DistributionPair, id: string, style: FigureStyle): PlotlyTrace[] {
  const theme = themes[style.theme];
  const curves = [
    { name: 'members', color: theme.member, of: pair.members, steps: pair.memberSteps },
    { name: 'non-members', color: theme.nonMember, of: pair.nonMembers, steps: false },
  ];
  return curves.map(({ name, color, of, steps }): PlotlyTrace => ({
    type: 'scatter',
    uid: `cumulative-${name}-${id}`,
    name,
    legendgroup: name,
    showlegend: id === '',
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    x: of.t.map(compactNumber),
    y: of.share.map(compactNumber),
    mode: 'lines',
    line: {
      color,
      width: 2.2,
      dash: name === 'members' ? 'solid' : 'dash',
      shape: steps ? 'hv' : 'linear',
    },
    hovertemplate: `${name}: %{y:.1%} have a loss \u2264 %{x:.3g}<extra></extra>`,
  }));
}

function heading(
  pair: DistributionPair,
  id: string,
  place: PanelPlace,
  style: FigureStyle,
): PlotlyAnnotation {
  const name = panelHeading(pair.label, id, place, style);
  const variance = (value: number): string => formatNumber(value, 'significant');
  return {
    ...name,
    text:
      `${name.text}<br>variance of members ${variance(pair.memberVariance)}, ` +
      `of non-members ${variance(pair.nonMemberVariance)}`,
  };
}

function distance(pair: DistributionPair, id: string, style: FigureStyle): PlotlyAnnotation {
  const { t, members, nonMembers } = pair.threshold;
  return {
    text: `advantage ${formatNumber(pair.advantage, 'proportion')}<br>at t = ${compactNumber(t)}`,
    xref: `x${id}`,
    yref: `y${id}`,
    x: t,
    y: (members + nonMembers) / 2,
    xanchor: 'left',
    yanchor: 'middle',
    xshift: 46,
    align: 'left',
    showarrow: false,
    font: { size: 12, color: themes[style.theme].ink },
  };
}

function distanceLine(pair: DistributionPair, id: string, style: FigureStyle): PlotlyShape {
  const { t, members, nonMembers } = pair.threshold;
  const line = { color: themes[style.theme].ink, width: 3 } as const;
  return {
    type: 'line',
    xref: `x${id}`,
    yref: `y${id}`,
    x0: t,
    x1: t,
    y0: nonMembers,
    y1: members,
    line,
  };
}

/**
 * Variance is necessary for privacy, not sufficient: the members of `varianceCounterexample` beside normal losses of the
 * same gap and the same sum of variances.
 *
 * @param share of members with the large loss, in (0, 1), default 0.1
 * @param tail the large loss, > 0, default 20
 */
export function varianceCounterexampleFigure(share = 0.1, tail = 20): Figure {
  const example = varianceCounterexample(share, tail);
  const gap = Math.abs(example.memberMean - example.nonMemberMean);
  const sd = Math.sqrt((example.memberVariance + example.nonMemberVariance) / 2);
  const right = tail * 1.1;
  const ts = (low: number, high: number): number[] =>
    Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
  const left = -0.02 * right;
  const normal = (mean: number): { t: number[]; share: number[] } => {
    const t = ts(-2.5 * sd, gap + 2.5 * sd);
    return { t, share: t.map((x) => normalCdf((x - mean) / sd)) };
  };
  const normalPart = gaussianAdvantage(gap, sd);
  const pairs = [
    {
      label: `${formatNumber(100 * (1 - share), 'significant')} % of the members at 0, the rest at ${tail}`,
      members: { t: [left, 0, tail, right], share: [0, 1 - share, 1, 1] },
      memberSteps: true,
      nonMembers: { t: ts(0, right), share: ts(0, right).map((t) => -Math.expm1(-t)) },
      memberVariance: example.memberVariance,
      nonMemberVariance: example.nonMemberVariance,
      advantage: example.advantage,
      threshold: { t: 0, members: 1 - share, nonMembers: 0 },
    },
    {
      label: 'Normal losses, same gap and sum of variances',
      members: normal(0),
      memberSteps: false,
      nonMembers: normal(gap),
      memberVariance: sd ** 2,
      nonMemberVariance: sd ** 2,
      advantage: normalPart,
      threshold: { t: gap / 2, members: (1 + normalPart) / 2, nonMembers: (1 - normalPart) / 2 },
    },
  ];
  return theoryFigure({
    title: 'A large variance is no privacy',
    alt:
      `Cumulative distributions of losses. With ${formatNumber(100 * share, 'significant')} % of the members at a loss of ${tail} ` +
      `the best threshold has advantage ${formatNumber(example.advantage, 'proportion')}; with normal losses of the same gap and ` +
      `sum of variances ${formatNumber(normalPart, 'proportion')}.`,
    reading:
      'The advantage of a threshold is the distance between the two curves there (thick line). Left: most members have loss 0, ' +
      'a few carry all the variance. Right: the same numbers, spread over everybody. Normal losses may be negative; they ' +
      'stand for the shape.',
    code: `varianceCounterexampleFigure(${share}, ${tail})`,
    height: counterexampleHeight(pairs.length),
    draw: (framing, style) => varianceCounterexampleSpec(pairs, framing, style),
  });
}
