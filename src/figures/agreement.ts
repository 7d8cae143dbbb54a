import type { Agreement, AuditResult } from '../audit/audit-result';
import { badInput } from '../errors';
import { auditFigure } from './audit-roc';
import type { Figure } from './figure';
import type { PlotlyAnnotation, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { plotText } from './text';
import { axis, figureConfig, type FigureStyle, framedLayout, type Framing, themes } from './theme';

/** Height in pixels without title and caption. */
export function upsetHeight(attacks: number): number {
  return 300 + 30 * attacks;
}

/**
 * Upset plot (Lex et al. 2014): which attacks agree on whom. Bars count the members that exactly this combination of
 * attacks points at; the dots below say which attacks these are.
 */
export function upset(data: Agreement, framing: Framing, style: FigureStyle): PlotlySpec {
  const { attacks, combinations } = data;
  if (combinations.length === 0 || attacks.length === 0) {
    throw badInput(
      'combinations',
      combinations,
      'an upset plot needs at least one',
      'Pass attacks that point at someone',
    );
  }
  const theme = themes[style.theme];
  const shared = framedLayout(framing, style, counts(data, style));
  const split = 30 * attacks.length;
  const bottom = split / (split + 230);
  return {
    data: [
      ...combinations.map((combination, i): PlotlyTrace => ({
        type: 'scatter',
        uid: `bar-${i}`,
        x: [i, i],
        y: [0, combination.members],
        mode: 'lines',
        line: { color: theme.member, width: 18 },
        showlegend: false,
        cliponaxis: false,
        hovertemplate: `${combination.members} members: ${plotText(combination.attacks.join(', '))}<extra></extra>`,
      })),
      dots(data, style, false),
      ...combinations.map((combination, i) => stem(attacks, combination.attacks, i, style)),
      dots(data, style, true),
    ],
    layout: {
      ...shared,
      showlegend: false,
      xaxis: axis(theme, '', {
        // Room for the names of the attacks.
        domain: [0.2, 1],
        range: [-0.6, combinations.length - 0.4],
        showticklabels: false,
        ticks: '',
        anchor: 'y2',
        showgrid: false,
      }),
      yaxis: axis(theme, 'members', { domain: [bottom + 0.05, 1], rangemode: 'tozero', anchor: 'x' }),
      yaxis2: axis(theme, '', {
        domain: [0, bottom],
        anchor: 'x',
        tickvals: attacks.map((_, row) => -row),
        ticktext: attacks.map(plotText),
        range: [-attacks.length + 0.4, 0.6],
        showgrid: false,
        showline: false,
        ticks: '',
      }),
    },
    config: figureConfig,
  };
}

function counts({ combinations }: Agreement, style: FigureStyle): PlotlyAnnotation[] {
  const font = { size: 12, color: themes[style.theme].ink };
  return combinations.map(({ members }, x) => ({
    text: String(members),
    x,
    y: members,
    xref: 'x',
    yref: 'y',
    yanchor: 'bottom' as const,
    showarrow: false,
    font,
  }));
}

function dots({ attacks, combinations }: Agreement, style: FigureStyle, filled: boolean): PlotlyTrace {
  const theme = themes[style.theme];
  const places = combinations.flatMap((combination, x) =>
    attacks.flatMap((name, row) => (combination.attacks.includes(name) === filled ? [{ x, y: -row }] : [])),
  );
  return {
    type: 'scatter',
    uid: filled ? 'pointing' : 'silent',
    x: places.map(({ x }) => x),
    y: places.map(({ y }) => y),
    yaxis: 'y2',
    mode: 'markers',
    marker: { color: filled ? theme.ink : theme.grid, size: 11 },
    showlegend: false,
    hoverinfo: 'skip',
  };
}

function stem(
  attacks: readonly string[],
  pointing: readonly string[],
  x: number,
  style: FigureStyle,
): PlotlyTrace {
  const rows = attacks.flatMap((name, row) => (pointing.includes(name) ? [-row] : []));
  return {
    type: 'scatter',
    uid: `stem-${x}`,
    x: rows.map(() => x),
    y: rows,
    yaxis: 'y2',
    mode: 'lines',
    line: { color: themes[style.theme].ink, width: 2 },
    showlegend: false,
    hoverinfo: 'skip',
  };
}

/** Which attacks point at the same members; null where there is nothing to compare. */
export function agreementFigure(result: AuditResult): Figure | null {
  const { agreement } = result;
  if (agreement === null || agreement.combinations.length === 0) return null;
  const most = agreement.combinations[0];
  return auditFigure(result, {
    title: 'Which attacks point at the same members',
    alt: `Upset plot of ${agreement.attacks.join(', ')}. The most frequent combination is ${most.attacks.join(' and ')} with ${most.members} members.`,
    reading:
      'Members that an attack places above all but 1 % of the non-members, counted by the combination of attacks that does so.',
    height: upsetHeight(agreement.attacks.length),
    draw: (framing, style) => upset(agreement, framing, style),
  });
}
