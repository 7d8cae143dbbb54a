import { badInput } from '../errors';
import type { LossSummary } from '../metrics/matched-histories';
import { requireAscending, requireFinite, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
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
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, logAxis, themes, translucent } from './theme';

/** Losses of one model at one epoch (`lossSummary` of its cross-entropy losses). */
export interface SpreadPoint {
  readonly epoch: number;
  readonly members: LossSummary;
  readonly nonMembers: LossSummary;
}

export interface LossSpread {
  readonly label: string;
  /** One list a seed, each with the same epochs in ascending order. */
  readonly seeds: readonly (readonly SpreadPoint[])[];
}

const sides = ['members', 'nonMembers'] as const;
type Side = (typeof sides)[number];
const sideName = { members: 'members', nonMembers: 'non-members' } as const;

/** A median or quantile below this is drawn at it: fitted losses can be 0, for which a log axis has no place. */
const floor = 1e-8;

/**
 * How the losses of members and non-members spread over the epochs, a column a method. Above: median, mean and the band
 * from the 5 % to the 95 % quantile; below: the variance with the range over seeds. Median and quantiles stand beside
 * mean and variance because one record that stays misfitted can carry these two.
 *
 * @throws UserError for no method, seed or epoch, epochs that differ between seeds, or a summary that is not finite
 */
export function lossSpreadFigure(methods: readonly LossSpread[], source: FigureSource): Figure {
  check(methods);
  const words = methods.map(({ label, seeds }) => {
    const { epoch } = seeds[0][seeds[0].length - 1];
    const last = (side: Side): string =>
      formatNumber(meanOf(seeds, seeds[0].length - 1, side, 'variance'), 'significant');
    return `${label}: at epoch ${epoch} variance ${last('members')} of members, ${last('nonMembers')} of non-members`;
  });
  const count = Math.max(...methods.map(({ seeds }) => seeds.length));
  const seedWords = count === 1 ? 'One seed' : `Means over ${count} seeds`;
  return sourcedFigure(
    {
      title: 'How the losses spread in training',
      alt: `Quantiles, mean and variance of the cross-entropy loss over the epochs. ${words.join('. ')}.`,
      reading:
        `${seedWords}. Above: full line median, dotted mean, band from the 5 % to the 95 % quantile of the records. Below: ` +
        `variance${count === 1 ? '' : ', shaded from the smallest to the largest seed'}. One misfitted record can carry mean and variance; the median shows the others.`,
      height: grid(methods, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => spreadSpec(methods, framing, style),
    },
    source,
  );
}

function check(methods: readonly LossSpread[]): void {
  requireSome('methods', methods, 'Pass the summaries of at least one');
  for (const { label, seeds } of methods) {
    requireSome(`seeds of ${label}`, seeds, 'Leave the method out');
    requireSome(`epochs of ${label}`, seeds[0], 'Record the losses during training');
    const epochs = seeds[0].map(({ epoch }) => epoch);
    requireAscending(`the epochs of ${label}`, epochs);
    seeds.forEach((points, seed) => {
      const own = points.map(({ epoch }) => epoch);
      if (own.join() !== epochs.join()) {
        const rule = `those of the first seed are ${epochs.join(', ')}`;
        throw badInput(
          `the epochs of seed ${seed} of ${label}`,
          own,
          rule,
          'Pass epochs that all seeds have',
        );
      }
      for (const point of points) {
        for (const side of sides) {
          for (const key of ['mean', 'median', 'variance', 'q05', 'q95'] as const) {
            requireFinite(
              `${key} of the ${sideName[side]} of ${label} at epoch ${point.epoch}`,
              point[side][key],
            );
          }
        }
      }
    });
  }
}

function meanOf(
  seeds: LossSpread['seeds'],
  at: number,
  side: Side,
  key: Exclude<keyof LossSummary, 'max'>,
): number {
  return seeds.reduce((sum, points) => sum + points[at][side][key], 0) / seeds.length;
}

function grid(methods: readonly LossSpread[], style: FigureStyle) {
  return panelGrid(methods.length, style, { minWidth: 190, most: 4, panelHeight: 400, across: 40 });
}

function spreadSpec(methods: readonly LossSpread[], framing: Framing, style: FigureStyle): PlotlySpec {
  const { height, places } = grid(methods, style);
  const values = (keys: readonly ('q05' | 'q95' | 'mean' | 'median' | 'variance')[]): number[] =>
    methods.flatMap(({ seeds }) =>
      seeds[0].flatMap((_, at) =>
        sides.flatMap((side) => keys.map((key) => Math.max(floor, meanOf(seeds, at, side, key)))),
      ),
    );
  const ranges = {
    loss: positiveDecades(values(['q05', 'q95', 'mean', 'median'])),
    variance: positiveDecades(values(['variance'])),
  };
  const parts = methods.map((method, i) => columnParts(method, i, places[i], ranges, style));
  const spec = panelSpec(parts, { ...framing, height }, style);
  return { ...spec, data: [...legend(style), ...spec.data] };
}

function columnParts(
  { label, seeds }: LossSpread,
  i: number,
  place: PanelPlace,
  ranges: { readonly loss: readonly [number, number]; readonly variance: readonly [number, number] },
  style: FigureStyle,
): PanelParts {
  const theme = themes[style.theme];
  const [above, below] = [axisId(2 * i), axisId(2 * i + 1)];
  const [bottom, top] = place.y;
  const tall = top - bottom;
  const epoch = { domain: place.x, rangemode: 'tozero', nticks: 6 } as const;
  const title = (text: string): string => (place.isFirst ? text : '');
  return {
    axes: {
      [`xaxis${above}`]: axis(theme, '', { ...epoch, anchor: `y${above}`, showticklabels: false }),
      [`xaxis${below}`]: axis(theme, place.isLowest ? 'epoch' : '', {
        ...epoch,
        anchor: `y${below}`,
        matches: `x${above}`,
      }),
      [`yaxis${above}`]: logAxis(theme, title('loss (nats)'), ranges.loss, {
        domain: [bottom + 0.45 * tall, top],
        anchor: `x${above}`,
      }),
      [`yaxis${below}`]: logAxis(theme, title('variance (nats²)'), ranges.variance, {
        domain: [bottom, bottom + 0.4 * tall],
        anchor: `x${below}`,
      }),
    },
    data: sides.flatMap((side) => [
      ...lossTraces(seeds, label, side, above, i, style),
      ...varianceTraces(seeds, label, side, below, i, style),
    ]),
    annotations: [panelHeading(label, above, place, style)],
    shapes: [],
  };
}

function colorOf(side: Side, style: FigureStyle): string {
  const theme = themes[style.theme];
  return side === 'members' ? theme.member : theme.nonMember;
}

function lossTraces(
  seeds: LossSpread['seeds'],
  label: string,
  side: Side,
  id: string,
  i: number,
  style: FigureStyle,
): PlotlyTrace[] {
  const color = colorOf(side, style);
  const epochs = seeds[0].map(({ epoch }) => epoch);
  const over = (key: 'mean' | 'median' | 'q05' | 'q95'): number[] =>
    epochs.map((_, at) => Math.max(floor, meanOf(seeds, at, side, key)));
  const on = { xaxis: `x${id}`, yaxis: `y${id}` } as const;
  const band = bandTrace({
    uid: `quantiles-${i}-${side}`,
    name: `${sideName[side]}, 5 % to 95 %`,
    x: epochs,
    low: over('q05'),
    high: over('q95'),
    shape: 'linear',
    color,
  });
  const line = (key: 'mean' | 'median'): PlotlyTrace => ({
    ...on,
    type: 'scatter',
    uid: `${key}-${i}-${side}`,
    name: `${plotText(label)}, ${sideName[side]}`,
    showlegend: false,
    x: epochs,
    y: over(key).map(compactNumber),
    mode: 'lines',
    line: { color, width: key === 'median' ? 2 : 1.4, dash: key === 'median' ? 'solid' : 'dot' },
    hovertemplate: `${sideName[side]}<br>epoch %{x}<br>${key} %{y:.3g}<extra></extra>`,
  });
  return [{ ...band, ...on }, line('median'), line('mean')];
}

function varianceTraces(
  seeds: LossSpread['seeds'],
  label: string,
  side: Side,
  id: string,
  i: number,
  style: FigureStyle,
): PlotlyTrace[] {
  const color = colorOf(side, style);
  const epochs = seeds[0].map(({ epoch }) => epoch);
  const of = (at: number): number[] => seeds.map((points) => points[at][side].variance);
  const on = { xaxis: `x${id}`, yaxis: `y${id}` } as const;
  const band = bandTrace({
    uid: `variance-range-${i}-${side}`,
    name: `${sideName[side]}, range over seeds`,
    x: epochs,
    low: epochs.map((_, at) => Math.min(...of(at))),
    high: epochs.map((_, at) => Math.max(...of(at))),
    shape: 'linear',
    floor,
    color,
    opacity: 0.25,
  });
  const line: PlotlyTrace = {
    ...on,
    type: 'scatter',
    uid: `variance-${i}-${side}`,
    name: `${plotText(label)}, ${sideName[side]}`,
    showlegend: false,
    x: epochs,
    y: epochs.map((_, at) => {
      const value = meanOf(seeds, at, side, 'variance');
      return value > 0 ? compactNumber(value) : null;
    }),
    mode: 'lines+markers',
    line: { color, width: 2 },
    marker: { color, size: 4, symbol: side === 'members' ? 'circle' : 'square' },
    hovertemplate: `${sideName[side]}<br>epoch %{x}<br>variance %{y:.3g}<extra></extra>`,
  };
  return seeds.length > 1 ? [{ ...band, ...on }, line] : [line];
}

function legend(style: FigureStyle): PlotlyTrace[] {
  const { faintInk } = themes[style.theme];
  const line = (
    uid: string,
    name: string,
    color: string,
    dash: 'solid' | 'dot',
    width: number,
  ): PlotlyTrace => legendOnly(uid, name, { mode: 'lines', line: { color, width, dash } });
  return [
    ...sides.map((side) => line(`legend-${side}`, sideName[side], colorOf(side, style), 'solid', 2)),
    line('legend-median', 'median', faintInk, 'solid', 2),
    line('legend-mean', 'mean', faintInk, 'dot', 1.4),
    line('legend-quantiles', '5 % to 95 % of the records', translucent(faintInk, 0.4), 'solid', 8),
  ];
}
