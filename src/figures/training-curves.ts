import { badInput } from '../errors';
import type { MeanPathPoint } from './mean-path';
import { compactNumber } from './number-format';
import { axisId } from './panels';
import { plotText } from './plot-text';
import type { PlotlyAxis, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { axis, figureConfig, framedLayout, logAxis, methodStyle, themes } from './theme';
import type { FigureStyle, Framing } from './theme';

/** One method's evaluated epochs, means over seeds. */
export interface MethodCurves {
  readonly label: string;
  readonly points: readonly MeanPathPoint[];
}

const quantities = ['mean', 'median', 'variance'] as const;
type Quantity = (typeof quantities)[number];

export const trainingCurvesHeight = 96 + 210 * quantities.length;

/**
 * Mean, median and variance of the cross-entropy loss over the epochs, members (full lines) and non-members (thin
 * lines with open markers). The median stands beside the variance because one misfitted record can carry the variance.
 */
export function trainingCurves(
  methods: readonly MethodCurves[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (methods.length === 0) {
    throw badInput(
      'methods',
      methods,
      'training curves need at least one method',
      'Pass the methods of a study',
    );
  }
  const axes: Record<string, PlotlyAxis> = {};
  const data: PlotlyTrace[] = [];
  quantities.forEach((quantity, row) => {
    const id = axisId(row);
    Object.assign(axes, rowAxes(quantity, row, id, exponents(methods, quantity), style));
    methods.forEach((method, i) => {
      if (row === 0) data.push(methodLegend(method, i, style));
      data.push(curve(method, i, 'members', quantity, id, style));
      data.push(curve(method, i, 'non-members', quantity, id, style));
    });
  });
  data.push(...sideLegend(style));
  return { data, layout: { ...framedLayout(framing, style), ...axes }, config: figureConfig };
}

function rowAxes(
  quantity: Quantity,
  row: number,
  id: string,
  range: readonly [number, number],
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const rows = quantities.length;
  const last = row === rows - 1;
  const domain = [1 - (row + 1) / rows + (last ? 0 : 0.035), 1 - row / rows] as const;
  return {
    [`xaxis${id}`]: axis(theme, last ? 'epoch' : '', {
      anchor: `y${id}`,
      showticklabels: last,
      rangemode: 'tozero',
      ...(id === '' ? {} : { matches: 'x' }),
    }),
    [`yaxis${id}`]: logAxis(theme, `${quantity} of the loss`, range, { domain, anchor: `x${id}` }),
  };
}

/** Powers of ten between which all positive values lie, with a little room. */
function exponents(methods: readonly MethodCurves[], quantity: Quantity): readonly [number, number] {
  const values = methods
    .flatMap(({ points }) =>
      points.flatMap((point) => [point.memberLoss[quantity], point.nonMemberLoss[quantity]]),
    )
    .filter((value) => value > 0 && Number.isFinite(value));
  if (values.length === 0) return [-1, 1];
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  // At least one whole decade, so that the axis has a label.
  return [Math.min(low - 0.1, Math.floor(high) - 0.05), Math.max(high + 0.1, Math.ceil(low) + 0.05)];
}

function curve(
  method: MethodCurves,
  i: number,
  side: 'members' | 'non-members',
  quantity: Quantity,
  id: string,
  style: FigureStyle,
): PlotlyTrace {
  const look = methodStyle(themes[style.theme], i);
  const inside = side === 'members';
  const name = `${plotText(method.label)}, ${side}`;
  return {
    type: 'scatter',
    uid: `curve-${i}-${side}-${quantity}`,
    name,
    legendgroup: `method-${i}`,
    showlegend: false,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    x: method.points.map((point) => point.epoch),
    // A log axis has no place for 0; such a point is left out.
    y: method.points.map((point) => {
      const value = point[inside ? 'memberLoss' : 'nonMemberLoss'][quantity];
      return value > 0 ? compactNumber(value) : null;
    }),
    mode: 'lines+markers',
    line: { color: look.color, width: inside ? 2 : 1.1, dash: look.dash },
    marker: {
      color: inside ? look.color : themes[style.theme].background,
      symbol: look.symbol,
      size: 5,
      line: { color: look.color, width: 1.1 },
    },
    hovertemplate: `${name}<br>epoch %{x}<br>${quantity} %{y:.3g}<extra>mean over seeds</extra>`,
  };
}

/** A trace without points that only stands in the legend. */
function legendEntry(
  uid: string,
  name: string,
  look: Pick<PlotlyTrace, 'mode' | 'line' | 'marker'>,
): PlotlyTrace {
  return { type: 'scatter', uid, name, x: [null], y: [null], ...look, hoverinfo: 'skip' };
}

function methodLegend(method: MethodCurves, i: number, style: FigureStyle): PlotlyTrace {
  const { color, dash, symbol } = methodStyle(themes[style.theme], i);
  const look = {
    mode: 'lines+markers',
    line: { color, width: 2, dash },
    marker: { color, symbol, size: 6 },
  } as const;
  return { ...legendEntry(`legend-${i}`, plotText(method.label), look), legendgroup: `method-${i}` };
}

function sideLegend(style: FigureStyle): PlotlyTrace[] {
  const { faintInk: color, background } = themes[style.theme];
  const marker = (fill: string): PlotlyTrace['marker'] => ({
    color: fill,
    size: 7,
    line: { color, width: 1.1 },
  });
  return [
    legendEntry('legend-members', 'members', { mode: 'markers', marker: marker(color) }),
    legendEntry('legend-non-members', 'non-members', { mode: 'markers', marker: marker(background) }),
  ];
}
