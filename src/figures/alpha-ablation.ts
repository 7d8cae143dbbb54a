import { badInput } from '../errors';
import type { DefenseResult, StudyResult } from '../experiments/study-result';
import { loss, lossFromData, lossNames } from '../losses/registry';
import type { Interval } from '../metrics/interval';
import { requireAscending, requireInterval, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import {
  errorBars,
  positiveDecades,
  proportions,
  axisId,
  legendOnly,
  panelGrid,
  panelHeading,
  type PanelParts,
  type PanelPlace,
  panelSpec,
} from './panels';
import type { PlotlyAxis, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { mostSeeds, studyFamilies, type StudyFamily, studySource } from './study-data';
import { compactNumber, formatBounds, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, logAxis, methodStyle, themes } from './theme';

/** What training with one value of the parameter gave. */
export interface AblationPoint {
  /** The value of alpha (or of another parameter). */
  readonly parameter: number;
  readonly trainAccuracy: Interval;
  readonly testAccuracy: Interval;
  /** AUC of the loss attack. */
  readonly attack: Interval;
  /** Mean and variance of the cross-entropy losses, nats and nats^2, > 0. */
  readonly memberLossMean: Interval;
  readonly memberLossVariance: Interval;
  readonly nonMemberLossMean: Interval;
  readonly nonMemberLossVariance: Interval;
}

export interface AblationCurve {
  readonly label: string;
  /** In ascending order of the parameter. */
  readonly points: readonly AblationPoint[];
}

export interface AblationOptions {
  /** Default `alpha (1 = cross-entropy)`. */
  readonly parameter?: string;
  /** Default `95 % t intervals over seeds`. */
  readonly intervals?: string;
}

type Quantity = Exclude<keyof AblationPoint, 'parameter'>;

interface AblationPanel {
  readonly title: string;
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  /** The full mark and the open one. */
  readonly full: Quantity;
  readonly open?: Quantity;
}

const attackMeasure = 'AUC of the loss attack';
/** What guessing reaches, a dotted line. */
const chance = 0.5;

const panels: readonly AblationPanel[] = [
  { title: 'Accuracy', unit: 'accuracy', scale: 'linear', full: 'trainAccuracy', open: 'testAccuracy' },
  { title: 'Attack', unit: attackMeasure, scale: 'linear', full: 'attack' },
  { title: 'Mean loss', unit: 'nats', scale: 'log', full: 'memberLossMean', open: 'nonMemberLossMean' },
  {
    title: 'Variance of the loss',
    unit: 'nats²',
    scale: 'log',
    full: 'memberLossVariance',
    open: 'nonMemberLossVariance',
  },
];

/**
 * What alpha (or another parameter) does: train and test accuracy, what the attack reaches, mean and variance of the
 * losses of members and non-members.
 *
 * @throws UserError for no curve or point, parameters not ascending, a value that is not finite, or a loss mean or
 *   variance that is not above 0
 */
export function alphaAblationFigure(
  curves: readonly AblationCurve[],
  source: FigureSource,
  {
    parameter = 'alpha (1 = cross-entropy)',
    intervals = '95 % t intervals over seeds',
  }: AblationOptions = {},
): Figure {
  check(curves);
  const words = curves.map(({ label, points }) => {
    const said = points.map(
      (point) =>
        `at ${point.parameter} test accuracy ${formatNumber(point.testAccuracy.estimate, 'proportion')} and attack ${formatNumber(point.attack.estimate, 'proportion')}`,
    );
    return `${label}: ${said.join('; ')}`;
  });
  return sourcedFigure(
    {
      title: `What ${parameter.split(' (')[0]} does`,
      alt: `Accuracy, ${attackMeasure}, mean and variance of the loss against ${parameter}. ${words.join('. ')}.`,
      reading:
        `Full marks: members (train accuracy, member losses) and the attack; open marks: test accuracy and non-member losses. Bars: ${intervals}. ` +
        'Dotted: what guessing reaches.',
      height: grid({ theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => ablationSpec(curves, parameter, framing, style),
    },
    source,
  );
}

function check(curves: readonly AblationCurve[]): void {
  requireSome('curves', curves, 'Pass the points of at least one method');
  for (const { label, points } of curves) {
    requireSome(`points of ${label}`, points, 'Leave the curve out');
    requireAscending(
      `the parameters of ${label}`,
      points.map((point) => point.parameter),
    );
    for (const { full, open, scale } of panels) {
      for (const quantity of open === undefined ? [full] : [full, open]) {
        for (const point of points) {
          const what = `${quantity} of ${label} at ${point.parameter}`;
          requireInterval(what, point[quantity]);
          const { estimate } = point[quantity];
          if (scale === 'linear' || estimate > 0) continue;
          throw badInput(
            what,
            estimate,
            'must be above 0 on a logarithmic axis',
            'Check the losses it comes from',
          );
        }
      }
    }
  }
}

function grid(style: FigureStyle) {
  return panelGrid(4, style, { minWidth: 280, most: 2, panelHeight: 200, across: 76, between: 28 });
}

function ablationSpec(
  curves: readonly AblationCurve[],
  parameter: string,
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  const { height, places } = grid(style);
  const parts = panels.map((panel, i): PanelParts => {
    const id = axisId(i);
    const quantities = panel.open === undefined ? [panel.full] : [panel.full, panel.open];
    const guess = { type: 'line', layer: 'below', x0: 0, x1: 1, y0: chance, y1: chance } as const;
    const line = { color: themes[style.theme].faintInk, width: 1, dash: 'dot' } as const;
    return {
      axes: panelAxes(curves, panel, places[i], id, parameter, style),
      data: curves.flatMap((curve, at) =>
        quantities.map((quantity) => trace(curve, at, quantity, panel, id, style)),
      ),
      annotations: [panelHeading(panel.title, id, places[i], style)],
      shapes: panel.full === 'attack' ? [{ ...guess, xref: `x${id} domain`, yref: `y${id}`, line }] : [],
    };
  });
  const spec = panelSpec(parts, { ...framing, height }, style);
  return { ...spec, data: [...curves.map((curve, at) => entry(curve, at, style)), ...spec.data] };
}

function panelAxes(
  curves: readonly AblationCurve[],
  { scale, unit, full, open }: AblationPanel,
  place: PanelPlace,
  id: string,
  parameter: string,
  style: FigureStyle,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const values = curves.flatMap(({ points }) =>
    points.flatMap((point) => [full, open ?? full].map((quantity) => point[quantity].estimate)),
  );
  const at = { domain: place.y, anchor: `x${id}` } as const;
  const title = plotText(unit);
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? plotText(parameter) : '', {
      domain: place.x,
      anchor: `y${id}`,
      nticks: 8,
    }),
    [`yaxis${id}`]:
      scale === 'log'
        ? logAxis(theme, title, positiveDecades(values), at)
        : axis(theme, title, { ...at, ...(full === 'attack' ? {} : { tickformat: '.2f' }) }),
  };
}

function trace(
  { label, points }: AblationCurve,
  at: number,
  quantity: Quantity,
  { full }: AblationPanel,
  id: string,
  style: FigureStyle,
): PlotlyTrace {
  const theme = themes[style.theme];
  const look = methodStyle(theme, at + 1);
  const isFull = quantity === full;
  const intervals = points.map((point) => point[quantity]);
  const name = `${plotText(label)}, ${words[quantity]}`;
  return {
    type: 'scatter',
    uid: `ablation-${at}-${quantity}`,
    name,
    legendgroup: `method-${at}`,
    showlegend: false,
    x: points.map((point) => compactNumber(point.parameter)),
    y: intervals.map(({ estimate }) => compactNumber(estimate)),
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'lines+markers',
    line: { color: look.color, width: isFull ? 2 : 1.1, dash: look.dash },
    marker: {
      color: isFull ? look.color : theme.background,
      symbol: look.symbol,
      size: 7,
      opacity: 1,
      line: { color: look.color, width: 1.2 },
    },
    ...errorBars('y', intervals, look.color, {
      ...{ thickness: 1, width: 3 },
      ...(quantity.endsWith('Accuracy') ? { within: proportions } : {}),
    }),
    customdata: intervals.map((interval) => formatBounds(interval, 'significant')),
    hovertemplate: `${name}<br>%{x}: %{y:.4g} (%{customdata})<extra></extra>`,
  };
}

const words: Readonly<Record<Quantity, string>> = {
  trainAccuracy: 'train accuracy',
  testAccuracy: 'test accuracy',
  attack: 'attack',
  memberLossMean: 'members, mean loss',
  memberLossVariance: 'members, variance',
  nonMemberLossMean: 'non-members, mean loss',
  nonMemberLossVariance: 'non-members, variance',
};

function entry({ label }: AblationCurve, at: number, style: FigureStyle): PlotlyTrace {
  const { color, dash, symbol } = methodStyle(themes[style.theme], at + 1);
  const look = {
    mode: 'lines+markers',
    line: { color, width: 2, dash },
    marker: { color, symbol, size: 7 },
  } as const;
  return { ...legendOnly(`legend-${at}`, plotText(label), look), legendgroup: `method-${at}` };
}

/** Fewer values of alpha show no course. */
const fewestValues = 3;

/**
 * What alpha does, for each family of a study that has at least three values of it and nothing else varied. Where a
 * family is cross-entropy at alpha = 1 and the study's first method is cross-entropy, that one is its point at 1.
 *
 * @throws UserError if no family varies alpha so
 */
export function studyAlphaFigure(result: StudyResult): Figure {
  const curves = studyAlphaCurves(result);
  if (curves.length === 0) {
    throw badInput(
      'the number of families with alpha',
      0,
      `the figure needs one with at least ${fewestValues} values and nothing else varied`,
      'Add values, e.g. {"loss": "ccel", "alpha": [0.3, 0.5, 0.7]}',
    );
  }
  const endsInCe = curves.every(({ points }) => points[points.length - 1].parameter === 1);
  const seeds = mostSeeds(result.defenses);
  return alphaAblationFigure(curves, studySource(result), {
    parameter: endsInCe ? 'alpha (1 = cross-entropy)' : 'alpha',
    ...(seeds === 1 ? { intervals: 'none, with one seed' } : {}),
  });
}

/** The data of that figure; empty if no family varies alpha so. */
export function studyAlphaCurves(result: StudyResult): AblationCurve[] {
  const [baseline] = result.defenses;
  return studyFamilies(result).flatMap((family) => {
    const { options, members } = family;
    if (options.join() !== 'alpha' || members.length < fewestValues) return [];
    const own = members.map(({ defense, value }) => pointOf(defense, value!));
    const atOne =
      isPlainCrossEntropy(baseline) &&
      own.every(({ parameter }) => parameter < 1) &&
      isCrossEntropyAtOne(family)
        ? [pointOf(baseline, 1)]
        : [];
    const points = [...own, ...atOne];
    // Losses of exactly 0 have no place on a logarithmic axis.
    return points.every(isPositive) ? [{ label: family.title, points }] : [];
  });
}

function isPlainCrossEntropy({ name, options, recipe }: DefenseResult): boolean {
  return name === 'ce' && options.beta === 1 && Object.keys(recipe).length === 0;
}

function pointOf({ summary }: DefenseResult, parameter: number): AblationPoint {
  return { parameter, ...summary, attack: summary.auc };
}

function isPositive(point: AblationPoint): boolean {
  const { memberLossMean, memberLossVariance, nonMemberLossMean, nonMemberLossVariance } = point;
  return [memberLossMean, memberLossVariance, nonMemberLossMean, nonMemberLossVariance].every(
    ({ estimate }) => estimate > 0,
  );
}

/** Whether f(p) is -ln p at alpha = 1 with the other options of the family. */
function isCrossEntropyAtOne({ name, members }: StudyFamily): boolean {
  if (!lossNames.some((each) => each === name)) return false;
  const atOne = lossFromData(name, { ...members[0].defense.options, alpha: 1 });
  const ce = loss('ce');
  return atOne.kind === 'p' && [0.1, 0.5, 0.9].every((p) => Math.abs(atOne.value(p) - ce.value(p)) < 1e-12);
}
