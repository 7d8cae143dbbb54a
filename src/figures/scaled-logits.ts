import { badInput } from '../errors';
import { mean, sampleVariance } from '../platform/math/quantile';
import { requireAllFinite, requireFinite, requireSome } from './check-data';
import { type Figure, type FigureSource, sourcedFigure } from './figure';
import { axisId, panelGrid, panelHeading, type PanelParts, type PanelPlace, panelSpec } from './panels';
import type { PlotlyShape, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { compactNumber, formatDifference, formatNumber, plotText } from './text';
import { axis, type FigureStyle, type Framing, themes, translucent } from './theme';

/** Scaled logits phi = ln(p_y / (1 - p_y)) of one record under models that were trained on it and others. */
export interface RecordLogits {
  /** E.g. `record 17, a canary`. */
  readonly label: string;
  /** One a model trained on the record, at least two; empty where the adversary has none (offline LiRA). */
  readonly inModels: ArrayLike<number>;
  /** One a model not trained on it, at least two. */
  readonly outModels: ArrayLike<number>;
  /** Under the target model. */
  readonly target?: number;
}

/** A Gaussian fitted as LiRA does by default in Aerni et al.'s code: mean and standard deviation with divisor k - 1. */
export interface FittedGaussian {
  readonly mean: number;
  readonly deviation: number;
  readonly count: number;
}

/** @throws UserError for fewer than two values or values that are all equal: they have no spread */
export function fittedGaussian(what: string, values: ArrayLike<number>): FittedGaussian {
  if (values.length < 2) {
    throw badInput(
      `the number of ${what}`,
      values.length,
      'a Gaussian needs at least 2',
      'Train more models',
    );
  }
  requireAllFinite(what, values);
  const deviation = Math.sqrt(sampleVariance(values));
  if (!(deviation > 0)) {
    throw badInput(
      what,
      Array.from(values),
      'must not all be equal, a Gaussian would have no width',
      'Use other models',
    );
  }
  return { mean: mean(values), deviation, count: values.length };
}

/** Log-density of the Gaussian at x. */
export function logDensity({ mean: center, deviation }: FittedGaussian, x: number): number {
  return -0.5 * ((x - center) / deviation) ** 2 - Math.log(deviation * Math.sqrt(2 * Math.PI));
}

interface FittedRecord {
  readonly record: RecordLogits;
  readonly inside: FittedGaussian | null;
  readonly outside: FittedGaussian;
  /** ln of the likelihood ratio in : out at the target; offline the z of the target; null without a target. */
  readonly score: number | null;
}

/**
 * What LiRA sees of single records, a panel a record: scaled logits under models trained with and without it (ticks), the
 * Gaussians fitted to them, and the target model's value with its score.
 *
 * @throws UserError for no record, fewer than two models on a side, a value that is not finite, or values all equal
 */
export function scaledLogitsFigure(records: readonly RecordLogits[], source: FigureSource): Figure {
  requireSome('records', records, 'Pass the scaled logits of at least one');
  const fitted = records.map(fit);
  const words = fitted.map(({ record, inside, outside, score }) => {
    const side = (gaussian: FittedGaussian): string =>
      `mean ${formatNumber(gaussian.mean, 'significant')}, deviation ${formatNumber(gaussian.deviation, 'significant')}`;
    const known = inside === null ? '' : `in ${side(inside)}; `;
    return `${record.label}: ${known}out ${side(outside)}${score === null ? '' : `; score ${scoreWords(inside, score)}`}`;
  });
  return sourcedFigure(
    {
      title: 'One record under models trained with and without it',
      alt: `Scaled logits and fitted Gaussians, one panel a record. ${words.join('. ')}.`,
      reading:
        'Each tick is one shadow model; curves are Gaussians with the mean and standard deviation of the ticks. The dashed line is ' +
        'the target model. LiRA\u2019s score is the logarithm of the ratio of the two densities there: above 0 it speaks for a member.',
      height: grid(fitted, { theme: 'light', frame: 'bare' }).height,
      draw: (framing, style) => logitsSpec(fitted, framing, style),
    },
    source,
  );
}

function fit(record: RecordLogits): FittedRecord {
  const { label, inModels, outModels, target } = record;
  const outside = fittedGaussian(`out-models of ${label}`, outModels);
  const inside = inModels.length === 0 ? null : fittedGaussian(`in-models of ${label}`, inModels);
  if (target === undefined) return { record, inside, outside, score: null };
  requireFinite(`the target's value of ${label}`, target);
  const score =
    inside === null
      ? (target - outside.mean) / outside.deviation
      : logDensity(inside, target) - logDensity(outside, target);
  return { record, inside, outside, score };
}

function scoreWords(inside: FittedGaussian | null, score: number): string {
  return `${inside === null ? 'z' : 'ln ratio'} ${formatDifference(score, 'significant')}`;
}

function grid(records: readonly FittedRecord[], style: FigureStyle) {
  return panelGrid(records.length, style, { minWidth: 215, most: 3, panelHeight: 210, heading: 28 });
}

function logitsSpec(records: readonly FittedRecord[], framing: Framing, style: FigureStyle): PlotlySpec {
  const { height, places } = grid(records, style);
  const parts = records.map((record, i) => panelParts(record, i, places[i], style));
  return panelSpec(parts, { ...framing, height }, style);
}

function panelParts(fitted: FittedRecord, i: number, place: PanelPlace, style: FigureStyle): PanelParts {
  const theme = themes[style.theme];
  const id = axisId(i);
  const { record, inside, outside, score } = fitted;
  const sides = [
    ...(inside === null
      ? []
      : [{ name: 'trained with it', fit: inside, values: record.inModels, color: theme.member }]),
    { name: 'trained without it', fit: outside, values: record.outModels, color: theme.nonMember },
  ];
  const ends = sides.flatMap(({ fit: { mean: center, deviation }, values }) => [
    center - 3.2 * deviation,
    center + 3.2 * deviation,
    ...Array.from(values),
  ]);
  const at = record.target === undefined ? [] : [record.target];
  const room = 0.06 * (Math.max(...ends, ...at) - Math.min(...ends, ...at));
  const [low, high] = [Math.min(...ends, ...at) - room, Math.max(...ends, ...at) + room];
  const peak = Math.max(...sides.map(({ fit: gaussian }) => Math.exp(logDensity(gaussian, gaussian.mean))));
  return {
    axes: {
      [`xaxis${id}`]: axis(
        theme,
        place.isLowest ? 'scaled logit \u03c6 = ln(p<sub>y</sub> / (1 \u2212 p<sub>y</sub>))' : '',
        {
          domain: place.x,
          anchor: `y${id}`,
          range: [compactNumber(low), compactNumber(high)],
        },
      ),
      [`yaxis${id}`]: axis(theme, place.isFirst ? 'density' : '', {
        domain: place.y,
        anchor: `x${id}`,
        // Ticks of the models stand below the curves, the score above them.
        range: [compactNumber(-0.17 * peak), compactNumber(1.28 * peak)],
        tickmode: 'array',
        tickvals: [0],
        ticktext: ['0'],
      }),
    },
    data: sides.flatMap((side, k) => sideTraces(side, k, { id, low, high, peak, first: i === 0 })),
    annotations: [
      panelHeading(record.label, id, place, style),
      ...(record.target === undefined
        ? []
        : [targetWords(record.target, scoreWords(inside, score!), id, [low, high], style)]),
    ],
    shapes: record.target === undefined ? [] : [targetLine(record.target, id, style)],
  };
}

interface DrawnSide {
  readonly name: string;
  readonly fit: FittedGaussian;
  readonly values: ArrayLike<number>;
  readonly color: string;
}

function sideTraces(
  { name, fit: gaussian, values, color }: DrawnSide,
  k: number,
  { id, low, high, peak, first }: { id: string; low: number; high: number; peak: number; first: boolean },
): PlotlyTrace[] {
  const steps = 160;
  const x = Array.from({ length: steps + 1 }, (_, i) => low + ((high - low) * i) / steps);
  const on = { type: 'scatter', xaxis: `x${id}`, yaxis: `y${id}`, legendgroup: name } as const;
  const curve: PlotlyTrace = {
    ...on,
    uid: `gaussian-${k}${id}`,
    name,
    showlegend: first,
    x: x.map(compactNumber),
    y: x.map((at) => compactNumber(Math.exp(logDensity(gaussian, at)))),
    mode: 'lines',
    line: { color, width: 2, dash: name === 'trained with it' ? 'solid' : 'dash' },
    fill: 'tozeroy',
    fillcolor: translucent(color, 0.14),
    hovertemplate: `${name}: ${gaussian.count} models<br>mean ${formatNumber(gaussian.mean, 'significant')}, deviation ${formatNumber(gaussian.deviation, 'significant')}<extra></extra>`,
  };
  const ticks: PlotlyTrace = {
    ...on,
    uid: `models-${k}${id}`,
    name,
    showlegend: false,
    x: Array.from(values, compactNumber),
    y: Array.from(values, () => compactNumber(-(0.05 + 0.07 * k) * peak)),
    mode: 'markers',
    marker: { color, symbol: 'line-ns-open', size: 8, line: { color, width: 1.2 } },
    hovertemplate: `${name}: %{x:.3f}<extra></extra>`,
  };
  return [curve, ticks];
}

function targetLine(target: number, id: string, style: FigureStyle): PlotlyShape {
  const x = compactNumber(target);
  const line = { color: themes[style.theme].ink, width: 1.6, dash: 'dash' } as const;
  return { type: 'line', xref: `x${id}`, yref: `y${id} domain`, x0: x, x1: x, y0: 0, y1: 0.86, line };
}

function targetWords(
  target: number,
  score: string,
  id: string,
  [low, high]: readonly [number, number],
  style: FigureStyle,
) {
  const share = (target - low) / (high - low);
  const xanchor = share < 0.3 ? 'left' : share > 0.7 ? 'right' : 'center';
  return {
    text: `target: ${plotText(score)}`,
    x: compactNumber(target),
    y: 0.99,
    xref: `x${id}`,
    yref: `y${id} domain`,
    xanchor,
    yanchor: 'top',
    showarrow: false,
    font: { size: 11.5, color: themes[style.theme].ink },
  } as const;
}
