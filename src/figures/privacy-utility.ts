import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import type { Figure, FigureDraft } from './figure';
import { errorBars, proportions } from './panels';
import type { PlotlyAnnotation, PlotlySpec, PlotlyTrace } from './plotly-spec';
import { meanPath, type MethodChoice, mostSeeds, seedCount, studyFigure } from './study-data';
import { compactNumber, formatNumber, plotText } from './text';
import {
  axis,
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  methodStyle,
  type MethodStyle,
  themes,
} from './theme';

/** One method's way through the plane, means over seeds, in ascending order of epochs. */
export interface MethodPath {
  readonly label: string;
  readonly points: readonly {
    readonly epoch: number;
    readonly testAccuracy: number;
    readonly advantage: number;
  }[];
  /** The trained model at the end: mean over seeds with its t interval. */
  readonly end: { readonly testAccuracy: Interval; readonly advantage: Interval };
}

export const privacyUtilityHeight = 520;
const endBars = { thickness: 1.3, width: 5 };

/** Epochs to label: the first and those nearest to a quarter and a half of the way; the end has its own mark. */
export function labelledEpochs(epochs: readonly number[]): ReadonlySet<number> {
  if (epochs.length === 0) return new Set();
  const last = epochs[epochs.length - 1];
  const nearest = (to: number): number =>
    epochs.reduce((best, epoch) => (Math.abs(epoch - to) < Math.abs(best - to) ? epoch : best), epochs[0]);
  return new Set([epochs[0], nearest(last / 4), nearest(last / 2)]);
}

/**
 * The privacy-utility plane: the advantage of the loss attack (x) against test accuracy (y). Each method
 * is its path over the epochs: stopping early is the simplest defense, so a method is worth its cost only where its path
 * leaves that of the undefended baseline (the first one).
 */
export function privacyUtility(
  paths: readonly MethodPath[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (paths.length === 0) {
    throw badInput('paths', paths, 'the plane needs at least one method', 'Pass the methods of a study');
  }
  const theme = themes[style.theme];
  const lowest = Math.min(...paths.flatMap((path) => path.points.map((point) => point.advantage)));
  return {
    data: paths.flatMap((path, i) => {
      const look = methodStyle(theme, i);
      return [pathTrace(path, i, look, style), endTrace(path, i, look, style)];
    }),
    layout: {
      ...framedLayout(framing, style, [direction(style)]),
      xaxis: axis(theme, 'advantage of the loss attack (lower = more private)', {
        anchor: 'y',
        tickformat: '.2f',
        ...(lowest < 0 ? {} : { rangemode: 'tozero' as const }),
      }),
      yaxis: axis(theme, 'test accuracy (higher = more useful)', { anchor: 'x', tickformat: '.2f' }),
    },
    config: figureConfig,
  };
}

function pathTrace(path: MethodPath, i: number, look: MethodStyle, style: FigureStyle): PlotlyTrace {
  const labelled = labelledEpochs(path.points.map((point) => point.epoch));
  const name = plotText(path.label);
  return {
    type: 'scatter',
    uid: `path-${i}`,
    name,
    legendgroup: `method-${i}`,
    x: path.points.map((point) => compactNumber(point.advantage)),
    y: path.points.map((point) => compactNumber(point.testAccuracy)),
    // Numbers on the baseline only: paths run close together, and the larger points are the same epochs on each.
    text: path.points.map((point) => (i === 0 && labelled.has(point.epoch) ? String(point.epoch) : '')),
    customdata: path.points.map((point) => point.epoch),
    mode: 'lines+markers+text',
    textposition: 'top left',
    textfont: { size: 11.5, color: look.color },
    line: { color: look.color, width: 1.8, dash: look.dash },
    marker: {
      color: look.color,
      symbol: look.symbol,
      opacity: 1,
      size: path.points.map((point) => (labelled.has(point.epoch) ? 8 : 4)),
      line: { color: themes[style.theme].background, width: 0.5 },
    },
    cliponaxis: false,
    hovertemplate:
      `${name}<br>epoch %{customdata}<br>advantage %{x:.3f}<br>` +
      'test accuracy %{y:.3f}<extra>mean over seeds</extra>',
  };
}

function endTrace(path: MethodPath, i: number, look: MethodStyle, style: FigureStyle): PlotlyTrace {
  const { testAccuracy, advantage } = path.end;
  const name = plotText(path.label);
  return {
    type: 'scatter',
    uid: `end-${i}`,
    name: `${name}, end`,
    legendgroup: `method-${i}`,
    showlegend: false,
    x: [compactNumber(advantage.estimate)],
    y: [compactNumber(testAccuracy.estimate)],
    mode: 'markers',
    marker: {
      color: look.color,
      symbol: look.symbol,
      size: 13,
      line: { color: themes[style.theme].background, width: 1.5 },
    },
    ...errorBars('x', [advantage], look.color, endBars),
    ...errorBars('y', [testAccuracy], look.color, { ...endBars, within: proportions }),
    cliponaxis: false,
    hovertemplate:
      `${name}, end of training<br>advantage %{x:.3f}<br>` +
      'test accuracy %{y:.3f}<extra>95 % t intervals</extra>',
  };
}

function direction(style: FigureStyle): PlotlyAnnotation {
  const place = { xref: 'paper', yref: 'paper', x: 0, y: 1, xanchor: 'left', yanchor: 'top' } as const;
  const font = { size: 12, color: themes[style.theme].faintInk };
  return { ...place, text: '\u2196 better', xshift: 8, yshift: -6, showarrow: false, font };
}

/** The privacy-utility plane with each method's path over the epochs. */
export function privacyUtilityFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.defenses } = choice;
  const paths = methods.map((method) => ({
    label: method.label,
    points: meanPath(method.runs),
    end: { testAccuracy: method.summary.testAccuracy, advantage: method.summary.advantage },
  }));
  const several = mostSeeds(methods) > 1;
  const ends = paths.map(
    ({ label, end }) =>
      `${label} ends at test accuracy ${formatNumber(end.testAccuracy.estimate, 'proportion')} and advantage ` +
      formatNumber(end.advantage.estimate, 'proportion'),
  );
  const draft: FigureDraft = {
    title: 'Privacy and utility over the epochs',
    alt: `The advantage of the loss attack against test accuracy, a path of epochs for each method. ${ends.join('. ')}.`,
    reading:
      `Paths: ${several ? 'means over ' : ''}${seedCount(methods)}, small numbers are epochs (the larger points on each path). Largest marks: the end of training` +
      `${several ? ' with 95 % t intervals over seeds in both directions' : ''}. Stopping early is the simplest defense: a method helps only where its ` +
      `path runs above that of ${methods[0].label}.`,
    height: privacyUtilityHeight,
    draw: (framing, style) => privacyUtility(paths, framing, style),
  };
  return studyFigure(result, draft, choice);
}
