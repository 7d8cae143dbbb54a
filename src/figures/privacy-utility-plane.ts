import type { StudyResult } from '../experiments/study-result';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import { placeLabels } from './label-placement';
import {
  errorBars,
  proportions,
  axisId,
  legendOnly,
  panelGrid,
  panelHeading,
  type PanelParts,
  type PanelPlace,
  panelSpec,
} from './panels';
import {
  checkPanels,
  paretoFront,
  type PlaneMethod,
  type PlanePanel,
  type PlanePoint,
  type StudyAttackChoice,
  studyPlanePanels,
} from './plane-data';
import type { PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { overSeedsWords, studySource } from './study-data';
import { compactNumber, formatBounds, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, methodStyle, themes, translucent } from './theme';

export interface PlaneOptions {
  /** What `privacy` is; default `attack advantage (TPR − FPR)`. */
  readonly measure?: string;
  /** What the intervals are; default `95 % t intervals over seeds`. */
  readonly intervals?: string;
  /** A sentence for the caption, e.g. which attacks are shown. */
  readonly note?: string;
}

/**
 * The privacy-utility plane, one panel an attack: what the attack reaches (x, lower = more private) against test
 * accuracy (y), with intervals in both directions. The points of a method are joined along its parameter; a point is
 * hollow where another one of the same method is better in both. The gray staircase is the Pareto front of everything in
 * the panel, the model without a defense included: only points on it are worth choosing.
 *
 * @throws UserError for no panel, no method, no point, other methods from panel to panel, or a value that is not finite
 */
export function privacyUtilityPlaneFigure(
  panels: readonly PlanePanel[],
  source: FigureSource,
  {
    measure = 'attack advantage (TPR \u2212 FPR)',
    intervals = '95 % t intervals over seeds',
    note = '',
  }: PlaneOptions = {},
): Figure {
  checkPanels(panels);
  const words = panels.map(({ attack, methods, undefended }) => {
    const best = methods.map(({ label, points }) => {
      const values = points.map(({ privacy }) => privacy.estimate);
      return `${label} from ${formatNumber(Math.min(...values), 'proportion')} to ${formatNumber(Math.max(...values), 'proportion')}`;
    });
    return `${attack}: undefended ${formatNumber(undefended.privacy.estimate, 'proportion')}, ${best.join(', ')}`;
  });
  return sourcedFigure(
    {
      title: 'Privacy and utility of each defense',
      alt: `Test accuracy against ${measure}, one panel an attack. ${words.join('. ')}.`,
      reading:
        'Up and to the left is better. Points of one method are joined along its parameter, whose values stand beside them where there is room (a pointer shows all); ' +
        `hollow points are beaten by another one of the same method. Bars: ${intervals}. Gray stairs: the best that can be had ` +
        `in the panel. Dashed lines: the model without a defense.${note === '' ? '' : ` ${note}`}`,
      height: grid(panels, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => planeSpec(panels, measure, framing, style),
    },
    source,
  );
}

/**
 * The privacy-utility plane of a study, one panel an attack: each family of methods is a line along its parameter, the
 * study's first method is the undefended model. A family of that method alone has no line.
 *
 * @throws UserError for a single method, or an attack that not every method has
 */
export function studyPlaneFigure(result: StudyResult, { attacks, note }: StudyAttackChoice = {}): Figure {
  return privacyUtilityPlaneFigure(studyPlanePanels(result, attacks), studySource(result), {
    intervals: overSeedsWords(result),
    note,
  });
}

function grid(panels: readonly PlanePanel[], style: FigureStyle) {
  return panelGrid(panels.length, style, {
    minWidth: 300,
    most: 3,
    panelHeight: panels.length === 1 ? 380 : 300,
    between: 40,
  });
}

function planeSpec(
  panels: readonly PlanePanel[],
  measure: string,
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  const { height, places } = grid(panels, style);
  // The same in all panels: what stands side by side is compared.
  const ranges = { x: rangeOf(panels, 'privacy'), y: rangeOf(panels, 'testAccuracy') };
  const parts = panels.map((panel, i) => panelParts(panel, i, places[i], measure, ranges, style));
  const legend = panels[0].methods.map(({ label }, i) => methodLegend(label, i, style));
  const theme = themes[style.theme];
  const front = legendOnly('legend-front', 'Pareto front', {
    mode: 'lines',
    line: { color: translucent(theme.faintInk, 0.45), width: 5 },
  });
  const without = legendOnly('legend-undefended', 'undefended', {
    mode: 'lines+markers',
    line: { color: theme.ink, width: 1, dash: 'dash' },
    marker: { color: theme.ink, symbol: 'star', size: 11 },
  });
  const spec = panelSpec(parts, { ...framing, height }, style);
  return { ...spec, data: [without, front, ...legend, ...spec.data] };
}

interface Ranges {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/**
 * All estimates and bounds of one direction with a margin of 6 %; what guessing reaches is in it where that leaves the
 * points at least half of the axis.
 */
function rangeOf(panels: readonly PlanePanel[], of: 'privacy' | 'testAccuracy'): readonly [number, number] {
  const intervals = panels.flatMap(({ methods, undefended }) => [
    undefended[of],
    ...methods.flatMap(({ points }) => points.map((point) => point[of])),
  ]);
  // Bars of accuracies end at 0 and 1.
  const [bottom, top] = of === 'testAccuracy' ? proportions : [-Infinity, Infinity];
  const values = intervals.flatMap(({ estimate, low, high }) => [
    estimate,
    Math.max(low ?? estimate, bottom),
    Math.min(high ?? estimate, top),
  ]);
  const chance = of === 'privacy' ? panels.map((panel) => panel.chance) : [];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = [Math.min(least, ...chance), Math.max(most, ...chance)];
  const [low, high] = reach[1] - reach[0] <= 2 * (most - least) ? reach : [least, most];
  const margin = high > low ? 0.06 * (high - low) : 0.05;
  return [compactNumber(low - margin), compactNumber(high + margin)];
}

function panelParts(
  panel: PlanePanel,
  i: number,
  place: PanelPlace,
  measure: string,
  { x: privacy, y: accuracy }: Ranges,
  style: FigureStyle,
): PanelParts {
  const theme = themes[style.theme];
  const id = axisId(i);
  const sides = labelSides(panel, place, privacy, accuracy);
  return {
    axes: {
      [`xaxis${id}`]: axis(theme, place.isLowest ? plotText(measure) : '', {
        domain: place.x,
        anchor: `y${id}`,
        range: privacy,
        nticks: Math.max(3, Math.floor(place.width / 60)),
      }),
      [`yaxis${id}`]: axis(theme, place.isFirst ? 'test accuracy' : '', {
        domain: place.y,
        anchor: `x${id}`,
        range: accuracy,
      }),
    },
    data: [
      frontTrace(panel, id, accuracy, privacy, style),
      ...panel.methods.map((method, at) => methodTrace(method, at, id, sides[at], style)),
      undefendedTrace(panel, id, measure, style),
    ],
    annotations: [panelHeading(panel.attack, id, place, style)],
    shapes: referenceLines(panel, id, style),
  };
}

/** Where the parameter of each point of each method stands; ends of a method choose first. */
function labelSides(
  panel: PlanePanel,
  place: PanelPlace,
  x: readonly [number, number],
  y: readonly [number, number],
): (string | null)[][] {
  const pixels = ({ privacy, testAccuracy }: Omit<PlanePoint, 'parameter'>) => ({
    x: ((privacy.estimate - x[0]) / (x[1] - x[0])) * place.width,
    y: ((y[1] - testAccuracy.estimate) / (y[1] - y[0])) * place.height,
  });
  const all = panel.methods.flatMap(({ points }, method) =>
    points.map((point, at) => ({ method, at, isEnd: at === 0 || at === points.length - 1, point })),
  );
  const order = [...all.filter(({ isEnd }) => isEnd), ...all.filter(({ isEnd }) => !isEnd)];
  const labels = order.map(({ point, isEnd }) => ({
    ...pixels(point),
    text: point.parameter,
    isNeeded: isEnd,
  }));
  const placed = placeLabels([...labels, { ...pixels(panel.undefended), text: '' }], {
    size: labelSize,
    mark: 5,
    width: place.width,
    height: place.height,
    lines: panel.methods.map(({ points }) => points.map(pixels)),
  });
  const sides = panel.methods.map(({ points }): (string | null)[] => points.map(() => null));
  order.forEach(({ method, at }, k) => (sides[method][at] = placed[k]));
  return sides;
}

const labelSize = 10.5;

function frontTrace(
  { methods, undefended }: PlanePanel,
  id: string,
  [bottom]: readonly [number, number],
  [, right]: readonly [number, number],
  style: FigureStyle,
): PlotlyTrace {
  const all = [undefended, ...methods.flatMap(({ points }) => points)].map((point) => ({
    cost: point.privacy.estimate,
    gain: point.testAccuracy.estimate,
  }));
  const front = paretoFront(all).map((i) => all[i]);
  const corners = [
    { cost: front[0].cost, gain: bottom },
    ...front,
    { cost: right, gain: front[front.length - 1].gain },
  ];
  return {
    type: 'scatter',
    uid: `front${id}`,
    name: 'Pareto front',
    x: corners.map(({ cost }) => compactNumber(cost)),
    y: corners.map(({ gain }) => compactNumber(gain)),
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'lines',
    line: { color: translucent(themes[style.theme].faintInk, 0.3), width: 5, shape: 'hv' },
    showlegend: false,
    hoverinfo: 'skip',
  };
}

function methodTrace(
  { label, points }: PlaneMethod,
  at: number,
  id: string,
  sides: readonly (string | null)[],
  style: FigureStyle,
): PlotlyTrace {
  const theme = themes[style.theme];
  const look = methodStyle(theme, at + 1);
  const front = new Set(
    paretoFront(points.map((point) => ({ cost: point.privacy.estimate, gain: point.testAccuracy.estimate }))),
  );
  const faint = translucent(look.color, 0.55);
  return {
    type: 'scatter',
    uid: `method-${at}${id}`,
    name: plotText(label),
    legendgroup: `method-${at}`,
    showlegend: false,
    x: points.map(({ privacy }) => compactNumber(privacy.estimate)),
    y: points.map(({ testAccuracy }) => compactNumber(testAccuracy.estimate)),
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'lines+markers+text',
    text: points.map(({ parameter }, i) => (sides[i] === null ? '' : plotText(parameter))),
    textposition: sides.map((side) => side ?? 'top center'),
    textfont: { size: labelSize, color: look.color },
    cliponaxis: false,
    line: { color: look.color, width: 1.6, dash: look.dash },
    marker: {
      color: points.map((_, i) => (front.has(i) ? look.color : theme.background)),
      symbol: look.symbol,
      size: 8,
      opacity: 1,
      line: { color: look.color, width: 1.4 },
    },
    ...errorBars(
      'x',
      points.map(({ privacy }) => privacy),
      faint,
      barSize,
    ),
    ...errorBars(
      'y',
      points.map(({ testAccuracy }) => testAccuracy),
      faint,
      { ...barSize, within: proportions },
    ),
    customdata: points.map(({ parameter, privacy, testAccuracy }) => [
      plotText(parameter),
      formatBounds(privacy, 'proportion'),
      formatBounds(testAccuracy, 'proportion'),
    ]),
    hovertemplate:
      `${plotText(label)} %{customdata[0]}<br>attack %{x:.3f} (%{customdata[1]})<br>` +
      'test accuracy %{y:.3f} (%{customdata[2]})<extra></extra>',
  };
}

const barSize = { thickness: 0.9, width: 0 };

function methodLegend(label: string, at: number, style: FigureStyle): PlotlyTrace {
  const { color, dash, symbol } = methodStyle(themes[style.theme], at + 1);
  const look = {
    mode: 'lines+markers',
    line: { color, width: 1.6, dash },
    marker: { color, symbol, size: 8 },
  } as const;
  return { ...legendOnly(`legend-${at}`, plotText(label), look), legendgroup: `method-${at}` };
}

function undefendedTrace(panel: PlanePanel, id: string, measure: string, style: FigureStyle): PlotlyTrace {
  const { privacy, testAccuracy } = panel.undefended;
  const { ink, background } = themes[style.theme];
  return {
    type: 'scatter',
    uid: `undefended${id}`,
    name: 'undefended',
    showlegend: false,
    x: [compactNumber(privacy.estimate)],
    y: [compactNumber(testAccuracy.estimate)],
    xaxis: `x${id}`,
    yaxis: `y${id}`,
    mode: 'markers',
    marker: { color: ink, symbol: 'star', size: 13, line: { color: background, width: 1 } },
    ...errorBars('x', [privacy], ink, barSize),
    ...errorBars('y', [testAccuracy], ink, { ...barSize, within: proportions }),
    hovertemplate: `undefended<br>${plotText(measure)} %{x:.3f}<br>test accuracy %{y:.3f}<extra></extra>`,
  };
}

/** The undefended model in both directions, and what guessing reaches. */
function referenceLines({ undefended, chance }: PlanePanel, id: string, style: FigureStyle): PlotlyShape[] {
  const { ink, faintInk } = themes[style.theme];
  const line = { color: translucent(ink, 0.65), width: 1, dash: 'dash' } as const;
  const on = { type: 'line', layer: 'below' } as const;
  const across = (x: number, look: PlotlyShape['line']): PlotlyShape => ({
    ...on,
    xref: `x${id}`,
    yref: `y${id} domain`,
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: look,
  });
  const y = compactNumber(undefended.testAccuracy.estimate);
  return [
    across(compactNumber(undefended.privacy.estimate), line),
    { ...on, xref: `x${id} domain`, yref: `y${id}`, x0: 0, x1: 1, y0: y, y1: y, line },
    across(compactNumber(chance), { color: faintInk, width: 1, dash: 'dot' }),
  ];
}
