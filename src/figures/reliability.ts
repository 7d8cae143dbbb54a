import { badInput } from '../errors';
import type { Calibration, ReliabilityBin } from '../metrics/calibration';
import { clopperPearson } from '../metrics/proportions';
import { requireFinite, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import {
  errorBars,
  axisId,
  panelGrid,
  panelHeading,
  type PanelParts,
  type PanelPlace,
  panelSpec,
  withoutLegend,
} from './panels';
import type { PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, methodStyle, themes, translucent } from './theme';

/** One model: what `calibration` gives. */
export interface CalibratedModel {
  readonly label: string;
  readonly calibration: Pick<Calibration, 'bins' | 'eceEqualWidth' | 'eceEqualMass'>;
}

/**
 * Reliability diagrams, a panel a model: accuracy against confidence in bins of equal width with Clopper-Pearson
 * intervals; below, the share of records in each bin. On the diagonal, confidence is right.
 *
 * @throws UserError for no model, no record, or a bin whose numbers are not finite
 */
export function reliabilityFigure(models: readonly CalibratedModel[], source: FigureSource): Figure {
  requireSome('models', models, 'Pass the calibration of at least one');
  for (const { label, calibration } of models) check(label, calibration);
  const words = models.map(
    ({ label, calibration: { eceEqualWidth, eceEqualMass } }) =>
      `${label}: ECE ${formatNumber(eceEqualWidth, 'proportion')} (bins of equal mass ${formatNumber(eceEqualMass, 'proportion')})`,
  );
  return sourcedFigure(
    {
      title: 'Calibration',
      alt: `Accuracy against confidence, one panel a model. ${words.join('. ')}.`,
      reading:
        'Above: accuracy of the records in each bin of confidence with 95 % Clopper-Pearson intervals; below the diagonal the model is ' +
        'too sure. Below: share of the records. ECE: expected calibration error over these bins; it is above 0 even for a ' +
        'perfectly calibrated model.',
      height: grid(models, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => reliabilitySpec(models, framing, style),
    },
    source,
  );
}

function check(label: string, { bins, eceEqualWidth }: CalibratedModel['calibration']): void {
  requireFinite(`the ECE of ${label}`, eceEqualWidth);
  const records = bins.reduce((sum, { count }) => sum + count, 0);
  if (!(records > 0))
    throw badInput(`the number of records of ${label}`, records, 'must be above 0', 'Pass some');
  bins.forEach(({ count, confidence, accuracy }, b) => {
    if (count === 0) return;
    requireFinite(`confidence of bin ${b} of ${label}`, confidence);
    requireFinite(`accuracy of bin ${b} of ${label}`, accuracy);
  });
}

function grid(models: readonly CalibratedModel[], style: FigureStyle) {
  return panelGrid(models.length, style, { minWidth: 190, most: 4, panelHeight: 330, across: 40 });
}

function reliabilitySpec(
  models: readonly CalibratedModel[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  const { height, places } = grid(models, style);
  const peak = Math.max(...models.flatMap(({ calibration: { bins } }) => sharesOf(bins)));
  const parts = models.map((model, i) => panelParts(model, i, places[i], peak, style));
  return withoutLegend(panelSpec(parts, { ...framing, height }, style));
}

function sharesOf(bins: readonly ReliabilityBin[]): number[] {
  const records = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.map(({ count }) => count / records);
}

function panelParts(
  { label, calibration: { bins, eceEqualWidth } }: CalibratedModel,
  i: number,
  place: PanelPlace,
  peak: number,
  style: FigureStyle,
): PanelParts {
  const theme = themes[style.theme];
  const [above, below] = [axisId(2 * i), axisId(2 * i + 1)];
  const [bottom, top] = place.y;
  const tall = top - bottom;
  const across = { domain: place.x, range: [-0.02, 1.02], dtick: 0.25 } as const;
  return {
    axes: {
      [`xaxis${above}`]: axis(theme, '', { ...across, anchor: `y${above}`, showticklabels: false }),
      [`xaxis${below}`]: axis(theme, place.isLowest ? 'confidence (largest probability)' : '', {
        ...across,
        anchor: `y${below}`,
        matches: `x${above}`,
      }),
      [`yaxis${above}`]: axis(theme, place.isFirst ? 'accuracy' : '', {
        domain: [bottom + 0.34 * tall, top],
        anchor: `x${above}`,
        range: [-0.02, 1.02],
        dtick: 0.25,
        tickformat: '.2f',
      }),
      [`yaxis${below}`]: axis(theme, place.isFirst ? 'share' : '', {
        domain: [bottom, bottom + 0.28 * tall],
        anchor: `x${below}`,
        range: [0, compactNumber(1.1 * peak)],
        nticks: 4,
        tickformat: '.0%',
      }),
    },
    data: [accuracyTrace(label, bins, i, above, style), shareTrace(label, bins, i, below, style)],
    annotations: [
      panelHeading(`${label}: ECE ${formatNumber(eceEqualWidth, 'proportion')}`, above, place, style),
    ],
    shapes: [diagonal(above, style)],
  };
}

function diagonal(id: string, style: FigureStyle): PlotlyShape {
  const line = { color: themes[style.theme].faintInk, width: 1, dash: 'dot' } as const;
  return { type: 'line', xref: `x${id}`, yref: `y${id}`, x0: 0, x1: 1, y0: 0, y1: 1, line, layer: 'below' };
}

function accuracyTrace(
  label: string,
  bins: readonly ReliabilityBin[],
  i: number,
  id: string,
  style: FigureStyle,
): PlotlyTrace {
  const { color, symbol } = methodStyle(themes[style.theme], i);
  const filled = bins.filter(({ count }) => count > 0);
  const intervals = filled.map(({ count, accuracy }) => clopperPearson(Math.round(accuracy * count), count));
  return {
    type: 'scatter',
    uid: `accuracy-${i}`,
    name: plotText(label),
    x: filled.map(({ confidence }) => compactNumber(confidence)),
    y: filled.map(({ accuracy }) => compactNumber(accuracy)),
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'markers',
    marker: { color, symbol, size: 7 },
    ...errorBars('y', intervals, translucent(color, 0.6), { thickness: 1.2, width: 3 }),
    customdata: filled.map(({ count }) => count),
    hovertemplate: `${plotText(label)}<br>confidence %{x:.3f}, accuracy %{y:.3f}<br>%{customdata} records<extra></extra>`,
  };
}

/** A histogram as one stepped outline. */
function shareTrace(
  label: string,
  bins: readonly ReliabilityBin[],
  i: number,
  id: string,
  style: FigureStyle,
): PlotlyTrace {
  const { color } = methodStyle(themes[style.theme], i);
  return {
    type: 'scatter',
    uid: `share-${i}`,
    name: plotText(label),
    x: Array.from({ length: bins.length + 1 }, (_, b) => compactNumber(b / bins.length)),
    y: [...sharesOf(bins).map(compactNumber), 0],
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'lines',
    line: { color, width: 1.2, shape: 'hv' },
    fill: 'tozeroy',
    fillcolor: translucent(color, 0.22),
    hovertemplate: 'share %{y:.1%} from confidence %{x:.2f}<extra></extra>',
  };
}
