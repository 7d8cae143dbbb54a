import { badInput } from '../errors';
import type { DefenseResult, StudyResult } from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/over-seeds';
import { p1FromAdvantage } from '../metrics/advantage';
import { requireInterval, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import { textWidth, compactNumber, formatBounds, formatNumber, plotText, wrappedPlotText } from './text';
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
import type { StudyAttackChoice } from './plane-data';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { attackRuns, chosenMethods, mostSeeds, sharedAttacks, studySource } from './study-data';
import { axis, type FigureStyle, type Framing, methodStyle, themes } from './theme';

export interface P1Bar {
  readonly label: string;
  /** In [0, 1] (at most 1.34 where an advantage is negative), higher = better. */
  readonly p1: Interval;
}

/** One attack: a bar a method, the undefended one first. The same methods in the same order in each group. */
export interface P1Group {
  readonly attack: string;
  readonly bars: readonly P1Bar[];
}

export interface P1Options {
  /** Default `95 % t intervals over seeds`. */
  readonly intervals?: string;
  /** A sentence for the caption, e.g. which attacks are shown. */
  readonly note?: string;
}

const rowHeight = 26;
/** The form with the advantage (src/metrics/advantage.ts). */
const formula = 'harmonic mean of test accuracy and 1 \u2212 advantage';

/**
 * P1, the harmonic mean of test accuracy and privacy, as bars with intervals, one panel an attack.
 *
 * @throws UserError for no group or bar, other methods from group to group, or a value that is not finite or below 0
 */
export function p1BarsFigure(
  groups: readonly P1Group[],
  source: FigureSource,
  { intervals = '95 % t intervals over seeds', note = '' }: P1Options = {},
): Figure {
  check(groups);
  const words = groups.map(({ attack, bars }) => {
    const said = bars.map(({ label, p1 }) => `${label} ${formatNumber(p1.estimate, 'proportion')}`);
    return `${attack}: ${said.join(', ')}`;
  });
  return sourcedFigure(
    {
      title: 'P1: privacy and utility in one number',
      alt: `Bars of P1, the ${formula}. ${words.join('. ')}.`,
      reading: `P1 is the ${formula}; higher is better. Bars: ${intervals}. Dashed: ${groups[0].bars[0].label}.${note === '' ? '' : ` ${note}`}`,
      height: grid(groups, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => barsSpec(groups, framing, style),
    },
    source,
  );
}

function check(groups: readonly P1Group[]): void {
  requireSome('groups', groups, 'Pass one an attack');
  const names = groups[0].bars.map(({ label }) => label);
  for (const { attack, bars } of groups) {
    requireSome(`bars under ${attack}`, bars, 'Pass one a method');
    const own = bars.map(({ label }) => label);
    if (own.join('\n') !== names.join('\n')) {
      throw badInput(
        `the methods under ${attack}`,
        own,
        'must be those of the first group',
        'Use the same order',
      );
    }
    for (const { label, p1 } of bars) {
      requireInterval(`P1 of ${label} under ${attack}`, p1);
      if (p1.estimate >= 0) continue;
      throw badInput(
        `P1 of ${label} under ${attack}`,
        p1.estimate,
        'must be at least 0',
        'Check how it was made',
      );
    }
  }
}

/** Pixels that the longest label takes, at most 240. */
function labelWidth(groups: readonly P1Group[]): number {
  return Math.min(240, Math.max(...groups[0].bars.map(({ label }) => textWidth(label, 12))));
}

function grid(groups: readonly P1Group[], style: FigureStyle) {
  const rows = groups[0].bars.length;
  // The left margin has room for 62 pixels of labels.
  const left = Math.max(0, labelWidth(groups) - 58);
  return panelGrid(groups.length, style, {
    minWidth: 150,
    most: 3,
    panelHeight: 14 + rowHeight * rows,
    across: 30,
    left,
  });
}

function barsSpec(groups: readonly P1Group[], framing: Framing, style: FigureStyle): PlotlySpec {
  const { height, places } = grid(groups, style);
  const all = groups.flatMap(({ bars }) => bars.map(({ p1 }) => Math.max(p1.estimate, p1.high ?? 0)));
  // Room for the number beside each bar.
  const right = compactNumber(Math.max(...all) * (1 + 52 / Math.max(60, places[0].width - 52)));
  const parts = groups.map((group, i) => panelParts(group, i, places[i], right, style));
  return withoutLegend(panelSpec(parts, { ...framing, height }, style));
}

function panelParts(
  { attack, bars }: P1Group,
  i: number,
  place: PanelPlace,
  right: number,
  style: FigureStyle,
): PanelParts {
  const theme = themes[style.theme];
  const id = axisId(i);
  const baseline = compactNumber(bars[0].p1.estimate);
  const line = { color: theme.faintInk, width: 1, dash: 'dash' } as const;
  return {
    axes: {
      [`xaxis${id}`]: axis(theme, place.isLowest ? 'P1 (higher = better)' : '', {
        domain: place.x,
        anchor: `y${id}`,
        range: [0, right],
        nticks: Math.max(3, Math.floor(place.width / 60)),
      }),
      [`yaxis${id}`]: axis(theme, '', {
        domain: place.y,
        anchor: `x${id}`,
        range: [bars.length - 0.4, -0.6],
        tickmode: 'array',
        tickvals: bars.map((_, row) => row),
        // Longer ones than the margin has room for stand in two lines.
        ticktext: bars.map(({ label }) => wrappedPlotText(label, 36)),
        showticklabels: place.isFirst,
        showgrid: false,
        ticks: '',
      }),
    },
    data: bars.flatMap((bar, row) => barTraces(bar, row, id, style)),
    annotations: [
      panelHeading(attack, id, place, style),
      ...bars.map(({ p1 }, row) => ({
        text: formatNumber(p1.estimate, 'proportion'),
        x: Math.max(p1.estimate, p1.high ?? 0),
        y: row,
        xref: `x${id}`,
        yref: `y${id}`,
        xanchor: 'left' as const,
        yanchor: 'middle' as const,
        xshift: 5,
        showarrow: false as const,
        font: { size: 11.5, color: theme.ink },
      })),
    ],
    shapes: [
      { type: 'line', xref: `x${id}`, yref: `y${id} domain`, x0: baseline, x1: baseline, y0: 0, y1: 1, line },
    ],
  };
}

/** The bar as a filled outline, and its interval. */
function barTraces({ label, p1 }: P1Bar, row: number, id: string, style: FigureStyle): PlotlyTrace[] {
  const theme = themes[style.theme];
  const { color } = methodStyle(theme, row);
  const value = compactNumber(p1.estimate);
  const on = { type: 'scatter', xaxis: `x${id}`, yaxis: `y${id}`, showlegend: false } as const;
  const hovertemplate = `${plotText(label)}<br>P1 ${formatNumber(p1.estimate, 'proportion')} (${formatBounds(p1, 'proportion')})<extra></extra>`;
  return [
    {
      ...on,
      uid: `bar-${row}${id}`,
      name: plotText(label),
      x: [0, value, value, 0, 0],
      y: [row - 0.34, row - 0.34, row + 0.34, row + 0.34, row - 0.34],
      mode: 'lines',
      line: { color, width: 1 },
      fill: 'toself',
      fillcolor: color,
      hoverinfo: 'skip',
    },
    {
      ...on,
      uid: `interval-${row}${id}`,
      name: plotText(label),
      x: [value],
      y: [row],
      mode: 'markers',
      marker: { color, size: 1 },
      ...errorBars('x', [p1], theme.faintInk, { thickness: 1.6, width: 5 }),
      hovertemplate,
    },
  ];
}

/** The most bars that are read side by side. */
const mostBars = 12;

/**
 * P1 of a study's methods, one panel an attack: each family with the parameters that its shadow models chose; where
 * nothing was chosen, all methods up to twelve.
 *
 * @throws UserError for an attack that not every method has
 */
export function studyP1Figure(result: StudyResult, { attacks, note }: StudyAttackChoice = {}): Figure {
  const seeds = mostSeeds(result.defenses);
  return p1BarsFigure(studyP1Groups(result, attacks), studySource(result), {
    note,
    ...(seeds === 1 ? { intervals: 'none, with one seed' } : {}),
  });
}

/** The data of that figure. */
export function studyP1Groups(result: StudyResult, attacks?: readonly string[]): P1Group[] {
  const methods = result.selections.length > 0 ? chosenMethods(result) : result.defenses.slice(0, mostBars);
  return sharedAttacks(result, attacks).map(({ name, title }) => ({
    attack: title,
    bars: methods.map((method) => ({ label: method.label, p1: p1Against(method, name) })),
  }));
}

function p1Against(method: DefenseResult, attack: string): Interval {
  const advantages = attackRuns(method, attack)!.map(({ advantage }) => advantage.estimate);
  return meanOverSeeds(
    method.runs.map(({ testAccuracy }, i) => p1FromAdvantage(testAccuracy, advantages[i])),
  );
}
