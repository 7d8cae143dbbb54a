import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import { mean } from '../platform/math/quantile';
import { meanOverSeeds } from '../metrics/over-seeds';
import { requireAllFinite, requireAscending, requireSameLength, requireSome } from './check-data';
import { type Figure, type FigureDraft, type FigureSource, sourcedFigure } from './figure';
import {
  bandTrace,
  positiveDecades,
  axisId,
  legendOnly,
  panelGrid,
  panelHeading,
  type PanelParts,
  type PanelPlace,
  panelSpec,
} from './panels';
import type { PlotlyAxis, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { commonPath, type MethodChoice, mostSeeds, studyFigure } from './study-data';
import { compactNumber, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, logAxis, methodStyle, themes } from './theme';

/** One quantity of one method over the epochs. */
export interface TrainingCurve {
  /** The method; curves with the same label have the same color in all panels. */
  readonly label: string;
  /** Non-members are drawn thin with open marks; default members. */
  readonly side?: 'members' | 'non-members';
  /** Ascending. */
  readonly epochs: readonly number[];
  /** One list a seed, each [epochs]. */
  readonly seeds: readonly ArrayLike<number>[];
}

export interface TrainingPanel {
  readonly title: string;
  /** What stands at the axis, with its unit. */
  readonly unit: string;
  readonly scale?: 'linear' | 'log';
  readonly curves: readonly TrainingCurve[];
}

export interface TrainingCurvesOptions {
  /** `range` (default): from the smallest to the largest seed. `interval`: 95 % t interval of the mean over seeds. */
  readonly band?: 'range' | 'interval';
}

/** How the band of a figure is called in its caption. */
export function bandWords(seeds: number, band: 'range' | 'interval'): string {
  if (seeds === 1) return 'One seed';
  const shaded = band === 'range' ? 'from the smallest to the largest' : '95 % t intervals of the mean';
  return `Lines: means over ${seeds} seeds; shaded: ${shaded}`;
}

/**
 * Quantities over the epochs, a panel each: means over seeds with bands.
 *
 * @throws UserError for no panel, curve, seed or epoch, epochs not ascending, seeds of another length, or a value that is
 *   not finite
 */
export function seedCurvesFigure(
  panels: readonly TrainingPanel[],
  source: FigureSource,
  { band = 'range' }: TrainingCurvesOptions = {},
): Figure {
  check(panels);
  const seeds = Math.max(...panels.flatMap(({ curves }) => curves.map((curve) => curve.seeds.length)));
  const words = panels.map(({ title, curves }) => {
    const ends = curves.map(({ label, side, seeds: each }) => {
      const last = mean(each.map((values) => values[values.length - 1]));
      return `${label}${side === undefined ? '' : ` (${side})`} ${formatNumber(last, 'significant')}`;
    });
    return `${title}, last epoch: ${ends.join(', ')}`;
  });
  return sourcedFigure(
    {
      title: 'Training',
      alt: `Curves over the epochs, one panel a quantity. ${words.join('. ')}.`,
      reading: `${bandWords(seeds, band)}.${hasSides(panels) ? ' Full marks: members, open marks: non-members.' : ''}`,
      height: grid(panels, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => trainingCurves(panels, framing, style, band),
    },
    source,
  );
}

function check(panels: readonly TrainingPanel[]): void {
  requireSome('panels', panels, 'Pass at least one quantity');
  for (const { title, curves } of panels) {
    requireSome(`curves of «${title}»`, curves, 'Pass at least one method');
    for (const { label, epochs, seeds } of curves) {
      const what = `${label} in «${title}»`;
      requireSome(`epochs of ${what}`, epochs, 'Leave the curve out');
      requireSome(`seeds of ${what}`, seeds, 'Leave the curve out');
      requireAscending(`the epochs of ${what}`, epochs);
      seeds.forEach((values, seed) => {
        requireSameLength(`values of seed ${seed} of ${what}`, values.length, 'epochs', epochs.length);
        requireAllFinite(`seed ${seed} of ${what}`, values);
      });
    }
  }
}

function hasSides(panels: readonly TrainingPanel[]): boolean {
  return panels.some(({ curves }) => curves.some(({ side }) => side === 'non-members'));
}

function grid(panels: readonly TrainingPanel[], style: FigureStyle) {
  return panelGrid(panels.length, style, {
    minWidth: 300,
    most: 2,
    panelHeight: 190,
    across: 76,
    between: 26,
  });
}

/** Methods in the order in which they first appear. */
function labelsOf(panels: readonly TrainingPanel[]): string[] {
  return [...new Set(panels.flatMap(({ curves }) => curves.map(({ label }) => label)))];
}

/** The same without checks: curves without an epoch are left out, and what a log axis cannot show. */
export function trainingCurves(
  panels: readonly TrainingPanel[],
  framing: Framing,
  style: FigureStyle,
  band: 'range' | 'interval' = 'range',
): PlotlySpec {
  if (panels.every(({ curves }) => curves.length === 0)) {
    throw badInput(
      'panels',
      panels,
      'training curves need at least one method',
      'Pass the methods of a study',
    );
  }
  const { height, places } = grid(panels, style);
  const labels = labelsOf(panels);
  const parts = panels.map((panel, row): PanelParts => {
    const id = axisId(row);
    const drawn = panel.curves.filter(({ epochs }) => epochs.length > 0);
    const at = (curve: TrainingCurve): CurvePlace => ({ row, id, method: labels.indexOf(curve.label) });
    return {
      axes: panelAxes(panel, id, places[row], style),
      data: [
        ...drawn.flatMap((curve) => bands(curve, panel, at(curve), band, style)),
        ...drawn.map((curve) => line(curve, panel, at(curve), style)),
      ],
      annotations: [panelHeading(panel.title, id, places[row], style)],
      shapes: [],
    };
  });
  const spec = panelSpec(parts, { ...framing, height }, style);
  const legend = [
    ...labels.map((label, i) => methodLegend(label, i, style)),
    ...(hasSides(panels) ? sideLegend(style) : []),
  ];
  return { ...spec, data: [...legend, ...spec.data] };
}

/** Height in pixels without title and caption, at the usual width. */
export function trainingCurvesHeight(panels: number): number {
  const none: TrainingPanel = { title: '', unit: '', curves: [] };
  return grid(Array<TrainingPanel>(panels).fill(none), { theme: 'light', frame: 'bare' }).height;
}

function panelAxes(
  { unit, scale, curves }: TrainingPanel,
  id: string,
  place: PanelPlace,
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const at = { domain: place.y, anchor: `x${id}` } as const;
  const values = curves.flatMap(({ seeds }) => seeds.flatMap((each) => Array.from(each)));
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? 'epoch' : '', {
      domain: place.x,
      anchor: `y${id}`,
      rangemode: 'tozero',
      ...(id === '' ? {} : { matches: 'x' }),
    }),
    [`yaxis${id}`]:
      scale === 'log'
        ? logAxis(theme, plotText(unit), positiveDecades(values), at)
        : axis(theme, plotText(unit), at),
  };
}

interface CurvePlace {
  readonly row: number;
  readonly id: string;
  readonly method: number;
}

function valuesAt({ seeds }: TrainingCurve, at: number): number[] {
  return seeds.map((values) => values[at]);
}

function bands(
  curve: TrainingCurve,
  { scale }: TrainingPanel,
  { row, id, method }: CurvePlace,
  band: 'range' | 'interval',
  style: FigureStyle,
): PlotlyTrace[] {
  if (curve.seeds.length < 2) return [];
  const ends = curve.epochs.map((_, at) => {
    const values = valuesAt(curve, at);
    return band === 'range' ? { low: Math.min(...values), high: Math.max(...values) } : meanOverSeeds(values);
  });
  const { side = 'members' } = curve;
  const trace = bandTrace({
    uid: `band-${method}-${side}-${row}`,
    name: plotText(curve.label),
    x: curve.epochs,
    low: ends.map(({ low }) => low),
    high: ends.map(({ high }) => high),
    shape: 'linear',
    ...(scale === 'log' ? { floor: 1e-12 } : {}),
    color: methodStyle(themes[style.theme], method).color,
    opacity: side === 'members' ? 0.2 : 0.12,
  });
  return [{ ...trace, xaxis: `x${id}`, yaxis: `y${id}`, legendgroup: `method-${method}` }];
}

function line(
  curve: TrainingCurve,
  { title, scale }: TrainingPanel,
  { row, id, method }: CurvePlace,
  style: FigureStyle,
): PlotlyTrace {
  const look = methodStyle(themes[style.theme], method);
  const { side = 'members' } = curve;
  const isFull = side === 'members';
  const name = `${plotText(curve.label)}${curve.side === undefined ? '' : `, ${side}`}`;
  return {
    type: 'scatter',
    uid: `curve-${method}-${side}-${row}`,
    name,
    legendgroup: `method-${method}`,
    showlegend: false,
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    x: curve.epochs,
    // A log axis has no place for 0; such a point is left out.
    y: curve.epochs.map((_, at) => {
      const value = mean(valuesAt(curve, at));
      return scale !== 'log' || value > 0 ? compactNumber(value) : null;
    }),
    mode: 'lines+markers',
    line: { color: look.color, width: isFull ? 2 : 1.1, dash: look.dash },
    marker: {
      color: isFull ? look.color : themes[style.theme].background,
      symbol: look.symbol,
      size: 5,
      line: { color: look.color, width: 1.1 },
    },
    hovertemplate: `${name}<br>epoch %{x}<br>${plotText(title)} %{y:.3g}<extra>mean over seeds</extra>`,
  };
}

function methodLegend(label: string, i: number, style: FigureStyle): PlotlyTrace {
  const { color, dash, symbol } = methodStyle(themes[style.theme], i);
  const look = {
    mode: 'lines+markers',
    line: { color, width: 2, dash },
    marker: { color, symbol, size: 6 },
  } as const;
  return { ...legendOnly(`legend-${i}`, plotText(label), look), legendgroup: `method-${i}` };
}

function sideLegend(style: FigureStyle): PlotlyTrace[] {
  const { faintInk: color, background } = themes[style.theme];
  const marks = (uid: string, name: string, fill: string): PlotlyTrace =>
    legendOnly(uid, name, { mode: 'markers', marker: { color: fill, size: 7, line: { color, width: 1.1 } } });
  return [marks('legend-members', 'members', color), marks('legend-non-members', 'non-members', background)];
}

const lossQuantities = ['mean', 'median', 'variance'] as const;
const lossUnits = { mean: 'nats', median: 'nats', variance: 'nats²' } as const;

/** Mean, median and variance of the losses over the epochs. */
export function trainingCurvesFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.defenses } = choice;
  const paths = methods.map(({ label, runs }) => ({ label, path: commonPath(runs) }));
  const panels = lossQuantities.map((quantity): TrainingPanel => ({
    title: `${quantity[0].toUpperCase()}${quantity.slice(1)} of the loss`,
    unit: lossUnits[quantity],
    scale: 'log',
    curves: paths.flatMap(({ label, path }) =>
      (['members', 'non-members'] as const).map((side) => ({
        label,
        side,
        epochs: path.map(({ epoch }) => epoch),
        seeds: (path[0]?.points ?? []).map((_, seed) =>
          path.map(
            ({ points }) => points[seed][side === 'members' ? 'memberLoss' : 'nonMemberLoss'][quantity],
          ),
        ),
      })),
    ),
  }));
  const words = paths.map(({ label, path }) => {
    if (path.length === 0) return `${label}: no epoch was evaluated`;
    const { epoch, points } = path[path.length - 1];
    const [inside, outside] = (['memberLoss', 'nonMemberLoss'] as const).map((side) =>
      formatNumber(mean(points.map((point) => point[side].mean)), 'significant'),
    );
    return `${label}: at epoch ${epoch} mean loss ${inside} on members, ${outside} on non-members`;
  });
  const seeds = mostSeeds(methods);
  const draft: FigureDraft = {
    title: 'Losses over the epochs',
    alt: `Mean, median and variance of the cross-entropy loss over the epochs. ${words.join('. ')}.`,
    reading:
      `${bandWords(seeds, 'range')}. Full marks: members, open marks: non-members. The gap between the two is what the ` +
      'attacks use. One record that stays misfitted can carry the variance; the median shows the others.',
    height: trainingCurvesHeight(panels.length),
    draw: (framing, style) => trainingCurves(panels, framing, style),
  };
  return studyFigure(result, draft, choice);
}
