import { badInput } from '../errors';
import { describe } from '../losses/describe';
import type { ProbabilityLoss } from '../losses/loss';
import { loss, losses as registry } from '../losses/registry';
import { type DecisionMap, decisionMap, growthThreshold } from '../theory/variance-growth';
import { type Figure, theoryFigure } from './figure';
import { textWidth, compactNumber, formatNumber } from './text';
import { axisId, panelGrid, panelHeading, type PanelParts, type PanelPlace, panelSpec } from './panels';
import type { PlotlyAnnotation, PlotlyAxis, PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { axis, type FigureStyle, type Framing, themes, translucent } from './theme';

/** One family of losses over alpha. */
export interface MapPanel {
  readonly label: string;
  readonly map: DecisionMap;
  /** Alphas to mark with a line, e.g. the threshold of convexity; null where there is none. */
  readonly convexFrom: number | null;
  readonly growthBelow: number;
}

/** Corners of a filled region, closed; alpha is x, p is y. */
export interface Region {
  readonly alpha: readonly number[];
  readonly p: readonly number[];
}

/** Height in pixels of so many panels, without title and caption. */
export function decisionMapHeight(panels: number): number {
  return grid(panels, { theme: 'light', frame: 'bare' }).height;
}

function grid(panels: number, style: FigureStyle) {
  // The strip above each panel is for heading and thresholds.
  return panelGrid(panels, style, { minWidth: 270, most: 2, panelHeight: 290, heading: 42, across: 56 });
}

/**
 * The regions of one sign as polygons: in each row of the map runs of that sign, joined with the overlapping run of the
 * row before. A run that splits or merges starts a polygon of its own.
 */
export function regionsOf({ alphas, ps }: DecisionMap, signs: Int8Array, sign: 1 | -1): Region[] {
  const open: { rows: { alpha: number; from: number; to: number }[]; last: number }[] = [];
  for (let i = 0; i < alphas.length; i++) {
    for (const [first, end] of runs(signs.subarray(i * ps.length, (i + 1) * ps.length), sign)) {
      const row = { alpha: alphas[i], from: edge(ps, first), to: edge(ps, end) };
      const band = open.find(({ rows, last }) => {
        const before = rows[rows.length - 1];
        return last === i - 1 && before.from <= row.to && before.to >= row.from;
      });
      if (band === undefined) open.push({ rows: [row], last: i });
      else {
        band.rows.push(row);
        band.last = i;
      }
    }
  }
  return open.map(({ rows }) => {
    const back = [...rows].reverse();
    return {
      alpha: [...rows, ...back].map(({ alpha }) => compactNumber(alpha)),
      p: [...rows.map(({ from }) => from), ...back.map(({ to }) => to)].map(compactNumber),
    };
  });
}

/** First and past-the-last place of each run of the sign. */
function runs(row: Int8Array, sign: 1 | -1): [number, number][] {
  const found: [number, number][] = [];
  for (let j = 0; j < row.length; j++) {
    if (row[j] !== sign) continue;
    const first = j;
    while (j < row.length && row[j] === sign) j++;
    found.push([first, j]);
  }
  return found;
}

/** The border below place j: halfway between neighbors, 0 and 1 at the ends. */
function edge(ps: Float64Array, j: number): number {
  if (j === 0) return 0;
  return j === ps.length ? 1 : (ps[j - 1] + ps[j]) / 2;
}

/** Where in the plane of alpha and p a family is concave, and where the losses' spread grows; one panel a family. */
export function decisionMapSpec(
  panels: readonly MapPanel[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (panels.length === 0) {
    throw badInput('families', panels, 'a map needs at least one', 'Pass families of losses over alpha');
  }
  const { height, places } = grid(panels.length, style);
  const parts = panels.map((panel, i): PanelParts => {
    const id = axisId(i);
    return {
      axes: panelAxes(i, places[i], style),
      data: panelTraces(panel, id, style),
      annotations: [
        { ...panelHeading(panel.label, id, places[i], style), yshift: 19 },
        ...thresholds(panel, id, places[i], style),
      ],
      shapes: thresholdLines(panel, id, style),
    };
  });
  return panelSpec(parts, { ...framing, height }, style);
}

function panelAxes(i: number, place: PanelPlace, style: FigureStyle): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const id = axisId(i);
  return {
    [`xaxis${id}`]: axis(theme, place.isLowest ? 'alpha (1 = cross-entropy)' : '', {
      domain: place.x,
      anchor: `y${id}`,
      range: [0, 1],
      dtick: 0.2,
    }),
    [`yaxis${id}`]: axis(theme, place.isFirst ? 'true-class probability p<sub>y</sub>' : '', {
      domain: place.y,
      anchor: `x${id}`,
      range: [0, 1],
      dtick: 0.2,
    }),
  };
}

function panelTraces(panel: MapPanel, id: string, style: FigureStyle): PlotlyTrace[] {
  const theme = themes[style.theme];
  const kinds = [
    { name: 'concave: f\u2033(p) < 0', color: theme.member, signs: panel.map.curvature, sign: -1 },
    { name: 'spread of losses grows', color: theme.nonMember, signs: panel.map.growth, sign: 1 },
  ] as const;
  return kinds.flatMap(({ name, color, signs, sign }, k): PlotlyTrace[] => {
    const regions = regionsOf(panel.map, signs, sign);
    const corners = (of: 'alpha' | 'p'): (number | null)[] =>
      regions.flatMap((region) => [...region[of], region[of][0], null]);
    return [
      {
        type: 'scatter',
        uid: `region-${k}-${id}`,
        name: name.replace('<', '&lt;'),
        legendgroup: `region-${k}`,
        showlegend: id === '',
        xaxis: `x${id}`,
        yaxis: `y${id}`,
        x: corners('alpha'),
        y: corners('p'),
        mode: 'lines',
        line: { color, width: 1.5 },
        fill: 'toself',
        fillcolor: translucent(color, 0.3),
        hovertemplate: 'alpha %{x:.2f}, p %{y:.3f}<extra>border</extra>',
      },
    ];
  });
}

function thresholds(panel: MapPanel, id: string, place: PanelPlace, style: FigureStyle): PlotlyAnnotation[] {
  const theme = themes[style.theme];
  const on = { xref: `x${id}`, yref: `y${id} domain`, y: 1, yshift: 2, yanchor: 'bottom' } as const;
  const text = (x: number, xanchor: 'left' | 'right', words: string, color: string): PlotlyAnnotation => {
    const font = { size: 11, color };
    const said = `${words} ${x.toFixed(3)}`;
    const isCut = xanchor === 'left' && x * place.width + textWidth(said, 11) > place.width + 10;
    return {
      ...on,
      ...(isCut ? { x: 1, xanchor: 'right' } : { x, xanchor }),
      text: said,
      showarrow: false,
      font,
    };
  };
  const marks = [text(panel.growthBelow, 'right', 'growth below', theme.nonMember)];
  if (panel.convexFrom !== null) marks.push(text(panel.convexFrom, 'left', 'convex from', theme.member));
  return marks;
}

function thresholdLines(panel: MapPanel, id: string, style: FigureStyle): PlotlyShape[] {
  const theme = themes[style.theme];
  const line = (x: number, color: string): PlotlyShape => ({
    type: 'line',
    xref: `x${id}`,
    yref: `y${id}`,
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: { color, width: 1, dash: 'dot' },
  });
  const lines = [line(panel.growthBelow, theme.nonMember)];
  if (panel.convexFrom !== null) lines.push(line(panel.convexFrom, theme.member));
  return lines;
}

/** A family of losses with one parameter alpha, by its name in the registry. */
export type FamilyName = 'ccel' | 'ccql';

/** Where in the plane of alpha and p a family is concave in p, and where the spread of losses grows (T1, T3). */
export function decisionMapFigure(names: readonly FamilyName[] = ['ccel', 'ccql']): Figure {
  const ps = Float64Array.from({ length: 500 }, (_, i) => (i + 1) / 500);
  const alphas = Float64Array.from({ length: 101 }, (_, i) => i / 100);
  const panels = names.map((name) => {
    const family = (alpha: number): ProbabilityLoss => loss(name, { alpha });
    return {
      label: registry[name].title,
      map: decisionMap(family, alphas, ps),
      convexFrom: describe(family(0.5)).alphaForConvexInP?.alpha ?? null,
      growthBelow: growthThreshold(family),
    };
  });
  const words = panels.map(
    ({ label, convexFrom, growthBelow }) =>
      `${label}: convex from alpha ${formatNumber(convexFrom ?? NaN, 'proportion')}, growth only below ${formatNumber(growthBelow, 'proportion')}`,
  );
  return theoryFigure({
    title: 'Concave is not the same as spreading',
    alt: `Map over alpha and p. ${words.join('. ')}. The first region lies at high p, the second at low p; they meet for small alpha only.`,
    reading:
      'Orange: the loss is concave in p there, so the second-order argument has its sign. Blue: neighboring losses u move ' +
      'apart under the logit flow, so Var(u) can grow. Where both colors lie on each other, both hold. White: neither.',
    code: `decisionMapFigure(${JSON.stringify(names)})`,
    height: decisionMapHeight(panels.length),
    draw: (framing, style) => decisionMapSpec(panels, framing, style),
  });
}
