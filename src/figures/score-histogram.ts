import type { AuditResult, ScoreHistogram } from '../audit/audit-result';
import { badInput } from '../errors';
import { auditFigure } from './audit-roc';
import type { Figure } from './figure';
import { axisId, type PanelParts, panelSpec } from './panels';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, themes, translucent } from './theme';

const gap = 0.12;

/** Height in pixels without title and caption. */
export function scoreHistogramHeight(panels: number): number {
  return 90 + 210 * panels;
}

/** Histograms of attack scores, one panel an attack: where the two shapes part, the attack tells members apart. */
export function scoreHistogram(
  panels: readonly ScoreHistogram[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (panels.length === 0) {
    throw badInput(
      'panels',
      panels,
      'a histogram needs at least one attack',
      'Pass the histograms of an audit',
    );
  }
  return panelSpec(
    panels.map((panel, i) => parts(panel, i, panels.length, style)),
    framing,
    style,
  );
}

function parts(panel: ScoreHistogram, i: number, count: number, style: FigureStyle): PanelParts {
  const theme = themes[style.theme];
  const id = axisId(i);
  // The legend stands above the first panel's name.
  const top = 1 - i / count - (i === 0 ? 0.1 / count : 0);
  const bottom = 1 - (i + 1) / count + (i === count - 1 ? 0 : gap);
  const sides = [
    { name: 'members', color: theme.member, shares: panel.members },
    { name: 'non-members', color: theme.nonMember, shares: panel.nonMembers },
  ];
  return {
    axes: {
      [`xaxis${id}`]: axis(
        theme,
        panel.scale === 'rank' ? 'rank of the score among all records' : 'score (higher = member)',
        {
          anchor: `y${id}`,
        },
      ),
      [`yaxis${id}`]: axis(theme, 'share of records', {
        anchor: `x${id}`,
        domain: [bottom, top],
        tickformat: '.0%',
        nticks: 5,
        rangemode: 'tozero',
      }),
    },
    data: sides.map(({ name, color, shares }): PlotlyTrace => ({
      type: 'scatter',
      uid: `scores-${i}-${name}`,
      name,
      legendgroup: name,
      showlegend: i === 0,
      x: panel.edges.map(compactNumber),
      y: [...shares.map(compactNumber), 0],
      xaxis: `x${id}`,
      yaxis: `y${id}`,
      mode: 'lines',
      line: { color, width: 1.4, shape: 'hv' },
      fill: 'tozeroy',
      fillcolor: translucent(color, 0.22),
      hovertemplate: `${name}: %{y:.1%} of the records<br>${panel.scale} from %{x:.3g}<extra></extra>`,
    })),
    annotations: [
      {
        text: `<b>${plotText(panel.attack)}</b>`,
        x: 0.5,
        y: 1,
        xref: `x${id} domain`,
        yref: `y${id} domain`,
        xanchor: 'center',
        yanchor: 'bottom',
        showarrow: false,
        font: { size: 12, color: theme.ink },
      },
    ],
    shapes: [],
  };
}

/** Scores of members and non-members under the strongest attacks. */
export function scoreHistogramFigure(result: AuditResult): Figure {
  const { histograms } = result;
  return auditFigure(result, {
    title: 'Scores of members and non-members',
    alt: `Histograms of the scores of ${histograms.map(({ attack }) => attack).join(', ')}, members and non-members apart.`,
    reading:
      'Share of members and of non-members in equal bins of the score (the outermost bins hold what lies beyond), or of its rank among all records where a few scores lie far out. Where the two shapes part, the attack tells members from non-members.',
    height: scoreHistogramHeight(histograms.length),
    draw: (framing, style) => scoreHistogram(histograms, framing, style),
  });
}
