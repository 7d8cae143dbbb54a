import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { requireFinite, requireInterval, requireSameLength, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import { textWidth, formatBounds, formatNumber, plotText, wrappedPlotText } from './text';
import { withoutLegend } from './panels';
import type { PlotlyAnnotation, PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { advantageOf, attacksOf, overSeedsWords, studySource } from './study-data';
import {
  axis,
  contrast,
  figureConfig,
  type FigureStyle,
  figureWidth,
  framedLayout,
  type Framing,
  mixed,
  plotWidth,
  themes,
} from './theme';

/** What each attack reaches against each defense. */
export interface HeatMapData {
  readonly defenses: readonly string[];
  readonly attacks: readonly string[];
  /** [defenses][attacks]; null where the attack was not run. */
  readonly values: readonly (readonly (Interval | null)[])[];
  /** What guessing reaches, the pale end of the scale: 0 for an advantage, 0.5 for an AUC, the FPR for a TPR. */
  readonly chance: number;
  /** Default `attack advantage (TPR − FPR)`. */
  readonly measure?: string;
  /** What the intervals are; default `95 % t intervals over seeds`. */
  readonly intervals?: string;
}

/** Pixels; two lines of small print still fit where there are many rows. */
function rowHeight({ defenses }: HeatMapData): number {
  return defenses.length > 16 ? 34 : 40;
}

/**
 * Defenses (rows) by attacks (columns) as a heat map with the number and its half interval in each cell. The darkest of a
 * row is the attack that counts: a defense is as good as its strongest attack.
 *
 * @throws UserError for no defense or attack, a table of another size, or a value that is not finite
 */
export function heatMapFigure(data: HeatMapData, source: FigureSource): Figure {
  check(data);
  const { defenses, attacks, values, intervals = '95 % t intervals over seeds' } = data;
  const measure = data.measure ?? 'attack advantage (TPR \u2212 FPR)';
  const words = defenses.map((defense, row) => {
    const found = values[row].flatMap((value, at) =>
      value === null ? [] : [{ attack: attacks[at], value }],
    );
    if (found.length === 0) return `${defense}: no attack was run`;
    const worst = found.reduce((a, b) => (b.value.estimate > a.value.estimate ? b : a));
    return `${defense}: strongest ${worst.attack} with ${formatNumber(worst.value.estimate, 'proportion')}`;
  });
  return sourcedFigure(
    {
      title: 'Every attack against every defense',
      alt: `Heat map of ${measure}. ${words.join('. ')}.`,
      reading:
        `Each cell: ${measure}, small: ${intervals}. The frame marks the strongest attack on each defense, by which it is judged; ` +
        `the pale end of the scale is guessing (${formatNumber(data.chance, 'proportion')}).`,
      height: heightOf(data, { theme: 'light', frame: 'bare' }),
      draw: (framing, style) => heatMapSpec(data, framing, style),
    },
    source,
  );
}

function check({ defenses, attacks, values, chance }: HeatMapData): void {
  requireSome('defenses', defenses, 'Pass at least one row');
  requireSome('attacks', attacks, 'Pass at least one column');
  requireSameLength('rows', values.length, 'defenses', defenses.length);
  requireFinite('the chance level', chance);
  values.forEach((row, i) => {
    requireSameLength(`columns of ${defenses[i]}`, row.length, 'attacks', attacks.length);
    row.forEach((value, at) => {
      if (value !== null) requireInterval(`${attacks[at]} against ${defenses[i]}`, value);
    });
  });
  if (values.every((row) => row.every((value) => value === null))) {
    throw badInput('the values', values, 'must hold at least one number', 'Run an attack');
  }
}

/** Pixels: where cells start and what a column takes. */
function measureOf({ defenses, attacks }: HeatMapData, style: FigureStyle) {
  const label = Math.min(0.32 * figureWidth(style), Math.max(...defenses.map((name) => textWidth(name, 12))));
  const left = Math.max(0, label - 56);
  return { left, column: (plotWidth(style) - left) / attacks.length };
}

/** Names of attacks in as many lines as their columns ask for; upright where a single word is wider than a column. */
function columnNames(
  data: HeatMapData,
  style: FigureStyle,
): { readonly names: string[]; readonly upright: boolean } {
  const { column } = measureOf(data, style);
  const words = data.attacks.flatMap((name) => name.split(/\s+/));
  const upright = Math.max(...words.map((word) => textWidth(word, 12))) > column - 4;
  const wide = Math.max(4, Math.floor(column / 7));
  return {
    names: data.attacks.map((name) => (upright ? plotText(name) : wrappedPlotText(name, wide))),
    upright,
  };
}

/** Pixels above the cells. */
function namesHeight(data: HeatMapData, style: FigureStyle): number {
  const { names, upright } = columnNames(data, style);
  if (upright) return Math.max(...data.attacks.map((name) => textWidth(name, 12)));
  return 15 * Math.max(...names.map((name) => name.split('<br>').length));
}

function heightOf(data: HeatMapData, style: FigureStyle): number {
  return 88 + rowHeight(data) * data.defenses.length + namesHeight(data, style);
}

function heatMapSpec(data: HeatMapData, framing: Framing, style: FigureStyle): PlotlySpec {
  const theme = themes[style.theme];
  const { defenses, attacks, values } = data;
  const height = heightOf(data, style);
  const { left } = measureOf(data, style);
  const { names, upright } = columnNames(data, style);
  const layout = framedLayout({ ...framing, height }, style, cellTexts(data, style));
  const margin = layout.margin!;
  return withoutLegend({
    data: [hoverTrace(data, style)],
    layout: {
      ...layout,
      // The names of the attacks stand above.
      margin: { ...margin, t: margin.t + namesHeight(data, style) },
      xaxis: axis(theme, '', {
        domain: [left / plotWidth(style), 1],
        anchor: 'y',
        side: 'top',
        range: [-0.5, attacks.length - 0.5],
        tickmode: 'array',
        tickvals: attacks.map((_, at) => at),
        ticktext: names,
        tickangle: upright ? -90 : 0,
        showgrid: false,
        showline: false,
        ticks: '',
      }),
      yaxis: axis(theme, '', {
        anchor: 'x',
        range: [defenses.length - 0.5, -0.5],
        tickmode: 'array',
        tickvals: defenses.map((_, row) => row),
        ticktext: defenses.map((name) =>
          wrappedPlotText(name, Math.floor((0.32 * figureWidth(style)) / 6.6)),
        ),
        showgrid: false,
        showline: false,
        ticks: '',
      }),
      shapes: values.flatMap((row, i) => rowShapes(row, i, data, style)),
    },
    config: figureConfig,
  });
}

/** Share of the way from chance to the largest value of the map, in [0, 1]. */
function heat({ values, chance }: HeatMapData, value: number): number {
  const most = Math.max(...values.flatMap((row) => row.map((cell) => cell?.estimate ?? -Infinity)));
  return most > chance ? Math.min(1, Math.max(0, (value - chance) / (most - chance))) : 0;
}

/** From the background to the color of leaks; a tint at the pale end tells a measured cell from an empty one. */
function cellColor(data: HeatMapData, value: number, style: FigureStyle): string {
  const theme = themes[style.theme];
  return mixed(theme.background, theme.member, 0.05 + 0.87 * heat(data, value));
}

function rowShapes(
  row: readonly (Interval | null)[],
  y: number,
  data: HeatMapData,
  style: FigureStyle,
): PlotlyShape[] {
  const theme = themes[style.theme];
  const most = Math.max(...row.map((value) => value?.estimate ?? -Infinity));
  const on = { type: 'rect', xref: 'x', yref: 'y' } as const;
  const cells = row.flatMap((value, x): PlotlyShape[] => {
    if (value === null) return [];
    const box = { x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 };
    const line = { color: theme.background, width: 2 };
    return [{ ...on, ...box, fillcolor: cellColor(data, value.estimate, style), line, layer: 'below' }];
  });
  const frames = row.flatMap((value, x): PlotlyShape[] => {
    if (value === null || value.estimate !== most) return [];
    const box = { x0: x - 0.48, x1: x + 0.48, y0: y - 0.46, y1: y + 0.46 };
    return [{ ...on, ...box, line: { color: theme.ink, width: 1.6 }, layer: 'above' }];
  });
  return [...cells, ...frames];
}

function cellTexts(data: HeatMapData, style: FigureStyle): PlotlyAnnotation[] {
  const { column } = measureOf(data, style);
  return data.values.flatMap((row, y) =>
    row.map((value, x): PlotlyAnnotation => ({
      text: value === null ? '\u2013' : cellText(value, column),
      x,
      y,
      xref: 'x',
      yref: 'y',
      xanchor: 'center',
      yanchor: 'middle',
      showarrow: false,
      font: { size: column < 44 ? 10 : 12, color: textColor(data, value, style) },
    })),
  );
}

/** Black or white, whichever stands out more from the cell: at least 4.5 on any color. */
function textColor(data: HeatMapData, value: Interval | null, style: FigureStyle): string {
  if (value === null) return themes[style.theme].faintInk;
  const cell = cellColor(data, value.estimate, style);
  const [dark, light] = ['#000000', '#ffffff'];
  return contrast(cell, dark) > contrast(cell, light) ? dark : light;
}

/** The number, and below it ± half its interval where the column has room. */
function cellText({ estimate, low, high }: Interval, column: number): string {
  const text =
    column < 36 ? estimate.toFixed(2).replace('-', '\u2212') : formatNumber(estimate, 'proportion');
  if (low === null || high === null || column < 44) return text;
  return `${text}<br><span style="font-size:9.5px">\u00b1 ${formatNumber((high - low) / 2, 'proportion')}</span>`;
}

function hoverTrace({ defenses, attacks, values }: HeatMapData, style: FigureStyle): PlotlyTrace {
  const cells = values.flatMap((row, y) =>
    row.flatMap((value, x) => (value === null ? [] : [{ x, y, value }])),
  );
  return {
    type: 'scatter',
    uid: 'cells',
    x: cells.map(({ x }) => x),
    y: cells.map(({ y }) => y),
    mode: 'markers',
    marker: { color: themes[style.theme].ink, size: 20, opacity: 0 },
    customdata: cells.map(({ x, y, value }) => [
      plotText(attacks[x]),
      plotText(defenses[y]),
      formatNumber(value.estimate, 'proportion'),
      formatBounds(value, 'proportion'),
    ]),
    hovertemplate:
      '%{customdata[0]} against %{customdata[1]}<br>%{customdata[2]} (%{customdata[3]})<extra></extra>',
  };
}

/**
 * The advantage of every attack on every method of a study, means over seeds, as a heat map.
 *
 * @throws UserError for a study without attacks
 */
export function studyHeatMapFigure(result: StudyResult): Figure {
  return heatMapFigure(studyHeatMap(result), studySource(result));
}

/** The data of that figure. */
export function studyHeatMap(result: StudyResult): HeatMapData {
  const attacks = attacksOf(result.defenses);
  return {
    defenses: result.defenses.map(({ label }) => label),
    attacks: attacks.map(({ title }) => title),
    values: result.defenses.map((method) => attacks.map(({ name }) => advantageOf(method, name))),
    chance: 0,
    intervals: overSeedsWords(result),
  };
}
