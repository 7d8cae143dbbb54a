import { badInput } from '../errors';
import type { DefenseResult, StudyResult } from '../experiments/study-result';
import { lossSummary } from '../metrics/matched-histories';
import { requireSome } from './check-data';
import { type Figure, type FigureDraft, type FigureSource, sourcedFigure } from './figure';
import { axisId } from './panels';
import type { PlotlyAnnotation, PlotlyAxis, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { type MethodChoice, requireRecordLosses, seedCount, studyFigure } from './study-data';
import { compactNumber, formatNumber, plotText } from './text';
import {
  axis,
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  logAxis,
  plotWidth,
  themes,
  translucent,
} from './theme';

/** Mean, median and variance of one side, as the table beside the figure gives them. */
export interface LossMarks {
  readonly mean: number;
  readonly median: number;
  readonly variance: number;
}

/** One panel: per-record cross-entropy losses (natural logarithm, >= 0) of one method. */
export interface LossPanel {
  readonly label: string;
  readonly members: ArrayLike<number>;
  readonly nonMembers: ArrayLike<number>;
  readonly memberMarks: LossMarks;
  readonly nonMemberMarks: LossMarks;
}

/** Losses below this are shown in the first bin; the title of the axis then says so. */
export const smallestLoss = 1e-8;
const binsPerDecade = 8;

/** Decades [low, high] that hold all losses; low is at least that of smallestLoss. */
export function lossDecades(panels: readonly LossPanel[]): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (const panel of panels) {
    for (const losses of [panel.members, panel.nonMembers]) {
      for (let i = 0; i < losses.length; i++) {
        const u = losses[i];
        if (!(u >= 0) || u === Infinity) {
          throw badInput(
            `loss of record ${i} of ${panel.label}`,
            u,
            'a loss in a histogram must be finite and at least 0',
            'Check the logits that it comes from',
          );
        }
        const decade = Math.log10(Math.max(u, smallestLoss));
        low = Math.min(low, Math.floor(decade));
        high = Math.max(high, Math.ceil(decade));
      }
    }
  }
  return [low, Math.max(high, low + 1)];
}

/** Shares of records in equal bins of log10(loss) over [low, high]; the shares add up to 1. */
export function lossShares(losses: ArrayLike<number>, [low, high]: readonly [number, number]): Float64Array {
  const shares = new Float64Array((high - low) * binsPerDecade);
  for (let i = 0; i < losses.length; i++) {
    const at = Math.floor((Math.log10(Math.max(losses[i], 10 ** low)) - low) * binsPerDecade);
    shares[Math.min(Math.max(at, 0), shares.length - 1)] += 1 / losses.length;
  }
  return shares;
}

/** Height in pixels without title and caption. */
export function lossHistogramHeight(panels: number): number {
  return 96 + 190 * panels;
}

/**
 * Histograms of the losses of members and non-members, one panel a method, on a logarithmic axis: fitted members have
 * losses of 1e-4 beside non-members' of 10, and on a linear axis they would all stand in one bar.
 */
export function lossHistogram(
  panels: readonly LossPanel[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (panels.length === 0) {
    throw badInput('panels', panels, 'a histogram needs at least one method', 'Pass the methods of a study');
  }
  const decades = lossDecades(panels);
  const axes: Record<string, PlotlyAxis> = {};
  const annotations: PlotlyAnnotation[] = [];
  const data: PlotlyTrace[] = [];
  const gap = 0.035;
  const clipped = panels.some(({ members, nonMembers }) =>
    [members, nonMembers].some((losses) => Array.from(losses).some((u) => u < 10 ** decades[0])),
  );
  const title = `cross-entropy loss \u2212ln p<sub>y</sub> (nats, logarithmic${
    clipped ? `; first bin: \u2264 10<sup>${decades[0]}</sup>` : ''
  })`;
  panels.forEach((panel, i) => {
    const id = axisId(i);
    const top = 1 - i / panels.length;
    const bottom = 1 - (i + 1) / panels.length;
    const sides = [lossShares(panel.members, decades), lossShares(panel.nonMembers, decades)] as const;
    const peak = Math.max(...sides[0], ...sides[1]);
    const last = i === panels.length - 1;
    Object.assign(
      axes,
      panelAxes(id, style, decades, peak, [bottom + (last ? 0 : gap), top], last ? title : ''),
    );
    annotations.push(panelText(panel, id, style));
    data.push(...panelTraces(panel, id, sides, decades, peak, style));
  });
  data.push(...markLegend(style));
  return {
    data,
    layout: { ...framedLayout(framing, style, annotations), ...axes, hovermode: 'closest' },
    config: figureConfig,
  };
}

function panelAxes(
  id: string,
  style: FigureStyle,
  decades: readonly [number, number],
  peak: number,
  domain: readonly [number, number],
  /** Empty where another panel stands below, which then has the labels. */
  title: string,
): Record<string, PlotlyAxis> {
  const theme = themes[style.theme];
  const x = logAxis(theme, title, decades, {
    anchor: `y${id}`,
    showticklabels: title !== '',
    ...(id === '' ? {} : { matches: 'x' }),
  });
  // The upper third is kept free for the numbers.
  const y = axis(theme, 'share of records', {
    domain,
    anchor: `x${id}`,
    range: [0, peak * 1.62],
    tickformat: '.0%',
    nticks: 5,
  });
  return { [`xaxis${id}`]: x, [`yaxis${id}`]: y };
}

function panelText(panel: LossPanel, id: string, style: FigureStyle): PlotlyAnnotation {
  const theme = themes[style.theme];
  const line = (name: string, marks: LossMarks, color: string): string =>
    `<span style="color:${color}">${name}</span>: mean ${formatNumber(marks.mean, 'significant')}, ` +
    `median ${formatNumber(marks.median, 'significant')}, variance ${formatNumber(marks.variance, 'significant')}`;
  const text = [
    `<b>${plotText(panel.label)}</b>`,
    line('members', panel.memberMarks, theme.member),
    line('non-members', panel.nonMemberMarks, theme.nonMember),
  ].join('<br>');
  const place = { xref: `x${id} domain`, yref: `y${id} domain`, x: 0, y: 1 } as const;
  const font = { size: plotWidth(style) < 360 ? 10.5 : 11.5, color: theme.ink };
  return {
    ...place,
    text,
    xanchor: 'left',
    yanchor: 'top',
    xshift: 4,
    align: 'left',
    showarrow: false,
    font,
  };
}

function panelTraces(
  panel: LossPanel,
  id: string,
  shares: readonly [Float64Array, Float64Array],
  decades: readonly [number, number],
  peak: number,
  style: FigureStyle,
): PlotlyTrace[] {
  const theme = themes[style.theme];
  const sides = [
    { name: 'members', color: theme.member, shares: shares[0], marks: panel.memberMarks },
    { name: 'non-members', color: theme.nonMember, shares: shares[1], marks: panel.nonMemberMarks },
  ];
  const on = { type: 'scatter', xaxis: `x${id}`, yaxis: `y${id}` } as const;
  return sides.flatMap(({ name, color, shares: side, marks }): PlotlyTrace[] => [
    {
      ...on,
      uid: `hist-${name}-${id}`,
      name,
      legendgroup: name,
      showlegend: id === '',
      ...steps(side, decades),
      mode: 'lines',
      line: { color, width: 1.4, shape: 'hv' },
      fill: 'tozeroy',
      fillcolor: translucent(color, 0.22),
      hovertemplate: `${name}: %{y:.1%} of the records<br>loss from %{x:.2e}<extra></extra>`,
    },
    {
      ...on,
      uid: `marks-${name}-${id}`,
      name: `${name}: median, mean`,
      legendgroup: name,
      showlegend: false,
      x: [marks.median, marks.mean].map((u) => compactNumber(Math.max(u, 10 ** decades[0]))),
      y: [peak * 1.06, peak * 1.06],
      mode: 'markers',
      marker: { color, size: 9, symbol: markSymbols, line: { color: theme.background, width: 1 } },
      customdata: [
        `median ${formatNumber(marks.median, 'significant')}`,
        `mean ${formatNumber(marks.mean, 'significant')}`,
      ],
      hovertemplate: `${name}: %{customdata}<extra></extra>`,
    },
  ]);
}

const markSymbols = ['circle', 'diamond'] as const;

/** Bin edges and heights for a line with `hv` steps that starts and ends at zero. */
function steps(shares: Float64Array, [low]: readonly [number, number]): { x: number[]; y: number[] } {
  const edges = Array.from({ length: shares.length + 1 }, (_, i) =>
    compactNumber(10 ** (low + i / binsPerDecade)),
  );
  return { x: edges, y: [...Array.from(shares, compactNumber), 0] };
}

function markLegend(style: FigureStyle): PlotlyTrace[] {
  const color = themes[style.theme].faintInk;
  return ['median', 'mean'].map((name, i): PlotlyTrace => ({
    type: 'scatter',
    uid: `legend-${name}`,
    name,
    x: [null],
    y: [null],
    mode: 'markers',
    marker: { color, size: 9, symbol: markSymbols[i] },
    hoverinfo: 'skip',
  }));
}

/** Losses of members and non-members at the end of training, all seeds pooled; marks are means over seeds. */
export function lossHistogramFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.defenses } = choice;
  requireRecordLosses(methods);
  const panels = methods.map(lossPanel);
  const words = panels.map(
    (panel) =>
      `${panel.label}: members have median loss ${formatNumber(panel.memberMarks.median, 'significant')} and variance ` +
      `${formatNumber(panel.memberMarks.variance, 'significant')}, non-members median ` +
      `${formatNumber(panel.nonMemberMarks.median, 'significant')}`,
  );
  const draft: FigureDraft = {
    title: 'Losses of members and non-members after training',
    alt: `Histograms of cross-entropy losses on a logarithmic axis, one panel a method. ${words.join('. ')}.`,
    reading:
      `Cross-entropy loss of each record, ${seedCount(methods)} pooled, in bins of equal width on the logarithmic axis. ` +
      'Where the two shapes part, an attacker can tell members from non-members. ' +
      'Mean, median and variance are averages over seeds.',
    height: lossHistogramHeight(panels.length),
    draw: (framing, style) => lossHistogram(panels, framing, style),
  };
  return studyFigure(result, draft, choice);
}

function lossPanel(method: DefenseResult): LossPanel {
  const marks = (side: 'memberLoss' | 'nonMemberLoss'): LossMarks => {
    const mean = (key: keyof LossMarks): number =>
      method.runs.reduce((sum, run) => sum + run[side][key], 0) / method.runs.length;
    return { mean: mean('mean'), median: mean('median'), variance: mean('variance') };
  };
  return {
    label: method.label,
    members: method.runs.flatMap((run) => run.memberLosses),
    nonMembers: method.runs.flatMap((run) => run.nonMemberLosses),
    memberMarks: marks('memberLoss'),
    nonMemberMarks: marks('nonMemberLoss'),
  };
}

/** Cross-entropy losses of the records of one model, nats, >= 0. */
export interface LossSample {
  /** E.g. `before training`, `CE`, `with CCEL (alpha 0.5)`. */
  readonly label: string;
  readonly members: ArrayLike<number>;
  readonly nonMembers: ArrayLike<number>;
}

/**
 * Losses of members and non-members before and after something (training, a defense), one above the other on the same
 * logarithmic axis.
 *
 * @throws UserError for a side without records or a loss that is negative or not finite
 */
export function lossBeforeAfterFigure(before: LossSample, after: LossSample, source: FigureSource): Figure {
  const panels = [before, after].map(panelOf);
  lossDecades(panels);
  const words = panels.map(
    ({ label, memberMarks, nonMemberMarks }) =>
      `${label}: median loss ${formatNumber(memberMarks.median, 'significant')} and variance ` +
      `${formatNumber(memberMarks.variance, 'significant')} of members, median ` +
      `${formatNumber(nonMemberMarks.median, 'significant')} of non-members`,
  );
  return sourcedFigure(
    {
      title: 'Losses of members and non-members, before and after',
      alt: `Histograms of cross-entropy losses on a logarithmic axis. ${words.join('. ')}.`,
      reading:
        'Cross-entropy loss of each record in bins of equal width on the logarithmic axis. Where the two shapes part, an ' +
        'attacker can tell members from non-members.',
      height: lossHistogramHeight(panels.length),
      draw: (framing, style) => lossHistogram(panels, framing, style),
    },
    source,
  );
}

function panelOf({ label, members, nonMembers }: LossSample): LossPanel {
  requireSome(`members ${label}`, members, 'Pass their losses');
  requireSome(`non-members ${label}`, nonMembers, 'Pass their losses');
  return {
    label,
    members,
    nonMembers,
    memberMarks: lossSummary(members),
    nonMemberMarks: lossSummary(nonMembers),
  };
}
