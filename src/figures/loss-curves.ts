import { badInput } from '../errors';
import type { ProbabilityLoss } from '../losses/loss';
import { codeOfAll, codeOfOptions, type Figure, requireLosses, theoryFigure } from './figure';
import { axisId, panelGrid, type PanelPlace } from './panels';
import type { PlotlyAnnotation, PlotlyAxis, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatNumber, plotText } from './text';
import {
  axis,
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  methodStyle,
  themes,
} from './theme';

export type CurveQuantity = 'value' | 'slope' | 'curvature' | 'weight';

/** One loss of kind p along the true-class probability. */
export interface LossCurve {
  readonly label: string;
  /** In ascending order of p in [0, 1]; at p = 0 the limits, which may be infinite. */
  readonly points: readonly ({ readonly p: number } & { readonly [quantity in CurveQuantity]?: number })[];
}

/** Height in pixels of so many panels, without title and caption. */
export function lossCurvesHeight(panels: number): number {
  return grid(panels, { theme: 'light', frame: 'bare' }).height;
}

function grid(panels: number, style: FigureStyle) {
  return panelGrid(panels, style, { minWidth: 200, most: 4, panelHeight: 308, heading: 4, across: 84 });
}

const titles: Readonly<Record<CurveQuantity, string>> = {
  value: 'loss f(p)',
  slope: 'slope f\u2032(p)',
  curvature: 'curvature f\u2033(p)',
  weight: 'logit weight w(p) = \u2212p f\u2032(p)',
};

/** Where a curve is unbounded, its axis is chosen by what lies at or above this p. */
const boundedFrom: Readonly<Record<CurveQuantity, number>> = {
  value: 0.1,
  slope: 0.1,
  // Its sign near p = 1 is what matters; 1 / p^2 would make it a flat line.
  curvature: 0.4,
  weight: 0.1,
};

/**
 * The range of an axis: all values of the curves that stay finite, and of the others those at larger p, with a margin.
 * Beyond it the axis cuts curves off; the panel then says so.
 */
export function curveRange(curves: readonly LossCurve[], quantity: CurveQuantity): readonly [number, number] {
  const values = curves.flatMap(({ points }) => {
    const isBounded = points.every((point) => Number.isFinite(point[quantity]));
    return points
      .filter(({ p }) => isBounded || p >= boundedFrom[quantity])
      .map((point) => point[quantity] as number);
  });
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const margin = high > low ? (high - low) * 0.06 : 1;
  return [compactNumber(low - margin), compactNumber(high + margin)];
}

/** Quantities of several losses over p, a panel each, side by side. @param measured the curves that the axes are made for */
export function lossCurves(
  curves: readonly LossCurve[],
  quantities: readonly CurveQuantity[],
  framing: Framing,
  style: FigureStyle,
  measured: readonly LossCurve[] = curves,
): PlotlySpec {
  if (curves.length === 0 || quantities.length === 0) {
    throw badInput(
      'losses and quantities',
      [curves.length, quantities.length],
      'must be at least one each',
      'Pass losses of kind p, and value, slope, curvature or weight',
    );
  }
  const { height, places } = grid(quantities.length, style);
  const axes: Record<string, PlotlyAxis> = {};
  const annotations: PlotlyAnnotation[] = [];
  const data: PlotlyTrace[] = [];
  quantities.forEach((quantity, panel) => {
    const id = axisId(panel);
    const range = curveRange(measured, quantity);
    Object.assign(axes, panelAxes(quantity, panel, places[panel], range, style));
    const note = infinityNote(curves, quantity);
    if (note !== '') annotations.push(panelNote(note, id, freeCorner(curves, quantity, range), style));
    curves.forEach((curve, i) => data.push(trace(curve, i, quantity, id, panel === 0, style)));
  });
  return {
    data,
    layout: { ...framedLayout({ ...framing, height }, style, annotations), ...axes },
    config: figureConfig,
  };
}

function panelAxes(
  quantity: CurveQuantity,
  panel: number,
  place: PanelPlace,
  range: readonly [number, number],
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const id = axisId(panel);
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? 'true-class probability p<sub>y</sub>' : '', {
      domain: place.x,
      anchor: `y${id}`,
      range: [0, 1],
      dtick: 0.25,
    }),
    [`yaxis${id}`]: axis(theme, titles[quantity], {
      domain: place.y,
      anchor: `x${id}`,
      range,
      zeroline: true,
    }),
  };
}

function trace(
  curve: LossCurve,
  i: number,
  quantity: CurveQuantity,
  id: string,
  first: boolean,
  style: FigureStyle,
): PlotlyTrace {
  const { color, dash } = methodStyle(themes[style.theme], i);
  const name = plotText(curve.label);
  return {
    type: 'scatter',
    uid: `${quantity}-${i}`,
    name,
    legendgroup: `loss-${i}`,
    showlegend: first,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    x: curve.points.map(({ p }) => compactNumber(p)),
    y: curve.points.map((point) => {
      const value = point[quantity];
      return value !== undefined && Number.isFinite(value) ? compactNumber(value) : null;
    }),
    mode: 'lines',
    line: { color, width: 2, dash },
    hovertemplate: `${name}<br>p %{x:.3f}<br>${quantity} %{y:.4g}<extra></extra>`,
  };
}

/** How many curves are infinite at an end, in words; empty when none is. */
function infinityNote(curves: readonly LossCurve[], quantity: CurveQuantity): string {
  const parts = [Infinity, -Infinity].flatMap((limit) => {
    const count = curves.filter(({ points }) => points.some((point) => point[quantity] === limit)).length;
    return count === 0 ? [] : [`${count} of ${curves.length} go to ${limit > 0 ? '+' : '\u2212'}\u221e`];
  });
  return parts.length === 0 ? '' : `axis cut:<br>${parts.join('<br>')}`;
}

interface Corner {
  readonly right: boolean;
  readonly top: boolean;
}

/** Where no curve runs through a note: away from p = 0, where curves go off, if there is room. */
function freeCorner(
  curves: readonly LossCurve[],
  quantity: CurveQuantity,
  [low, high]: readonly [number, number],
): Corner {
  const goesUp = curves.some(({ points }) => points.some((point) => point[quantity] === Infinity));
  const corners = [
    { right: true, top: goesUp },
    { right: true, top: !goesUp },
    { right: false, top: !goesUp },
  ];
  const isFree = ({ right, top }: Corner): boolean =>
    !curves.some(({ points }) =>
      points.some((point) => {
        const height = ((point[quantity] as number) - low) / (high - low);
        const inHeight = top ? height > 0.8 && height <= 1 : height < 0.2 && height >= 0;
        return inHeight && (right ? point.p > 0.5 : point.p < 0.5);
      }),
    );
  return corners.find(isFree) ?? corners[0];
}

function panelNote(text: string, id: string, { right, top }: Corner, style: FigureStyle): PlotlyAnnotation {
  return {
    text,
    xref: `x${id} domain`,
    yref: `y${id} domain`,
    x: right ? 0.98 : 0.02,
    y: top ? 0.98 : 0.02,
    xanchor: right ? 'right' : 'left',
    yanchor: top ? 'top' : 'bottom',
    align: right ? 'right' : 'left',
    showarrow: false,
    font: { size: 11.5, color: themes[style.theme].faintInk },
  };
}

export interface LossCurvesOptions {
  /** Default value, slope and weight. */
  readonly quantities?: readonly CurveQuantity[];
  /** Losses that the axes have room for beside those drawn, so that they stand still while a parameter moves. */
  readonly roomFor?: readonly ProbabilityLoss[];
}

/** Value, slope and logit weight (or other quantities) of losses of kind p over p_y in [0, 1]. */
export function lossCurvesFigure(
  losses: readonly ProbabilityLoss[],
  { quantities = ['value', 'slope', 'weight'], roomFor = [] }: LossCurvesOptions = {},
): Figure {
  requireLosses(losses);
  const curves = losses.map(curveOf);
  const measured = [...curves, ...roomFor.map(curveOf)];
  const words = losses.map(
    ({ label, weight }) =>
      `${label}: weight ${[0, 0.5, 1].map((p) => formatNumber(weight(p), 'significant')).join(', ')}`,
  );
  const isDefault = quantities.join() === 'value,slope,weight';
  return theoryFigure({
    title: 'What a loss does at each confidence',
    alt: `${quantities.join(', ')} over the true-class probability. ${words.join('; ')} at p = 0, 0.5, 1.`,
    reading:
      'p is the probability that the network gives to the true class. The gradient of a record is that of cross-entropy ' +
      'times the weight w(p) = \u2212p f\u2032(p): where w is above 1 the record is pulled harder than by cross-entropy. ' +
      'Curves that grow without bound at p = 0 leave the panel, which then says so.',
    code: `lossCurvesFigure(${codeOfAll(losses)}${isDefault ? '' : codeOfOptions({ quantities })})`,
    height: lossCurvesHeight(quantities.length),
    draw: (framing, style) => lossCurves(curves, quantities, framing, style, measured),
  });
}

const probabilities = [0, 0.001, 0.003, ...Array.from({ length: 200 }, (_, i) => (i + 1) / 200)];

function curveOf(each: ProbabilityLoss): LossCurve {
  return {
    label: each.label,
    points: probabilities.map((p) => ({
      p,
      value: each.value(p),
      slope: each.slope(p),
      curvature: each.curvature(p),
      weight: each.weight(p),
    })),
  };
}
