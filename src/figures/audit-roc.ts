import { badInput } from '../errors';
import { compactNumber } from './number-format';
import { plotText } from './plot-text';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { figureConfig, framedLayout, logAxis, methodStyle, themes, translucent } from './theme';
import type { FigureStyle, Framing } from './theme';

/** One attack's ROC curve at ascending false positive rates, with a pointwise band (null = not resolvable). */
export interface BandedCurve {
  readonly label: string;
  readonly fpr: readonly number[];
  readonly tpr: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export const auditRocHeight = 560;
/** Bands of more curves than this would cover each other. */
const bands = 2;

/**
 * ROC curves of several attacks on one model on log-log axes, where the few records that an attacker can be sure of are
 * seen. The strongest two have their 95 % bands.
 */
export function auditRoc(curves: readonly BandedCurve[], framing: Framing, style: FigureStyle): PlotlySpec {
  if (curves.length === 0) {
    throw badInput('curves', curves, 'a ROC figure needs at least one attack', 'Pass the curves of an audit');
  }
  const theme = themes[style.theme];
  const first = Math.min(...curves.map(({ fpr }) => fpr[0]));
  const chance: PlotlyTrace = {
    type: 'scatter',
    uid: 'chance',
    name: 'chance',
    x: [first, 1].map(compactNumber),
    y: [first, 1].map(compactNumber),
    mode: 'lines',
    line: { color: theme.faintInk, width: 1, dash: 'dot' },
    hoverinfo: 'skip',
  };
  const data = curves.flatMap((curve, i) => [
    ...(i < bands ? [bandTrace(curve, i, first, style)] : []),
    curveTrace(curve, i, style),
  ]);
  const range = [Math.log10(first) - 0.03, 0.03] as const;
  return {
    data: [chance, ...data],
    layout: {
      ...framedLayout(framing, style),
      xaxis: logAxis(theme, 'false positive rate (logarithmic)', range, { anchor: 'y' }),
      yaxis: logAxis(theme, 'true positive rate (logarithmic)', range, { anchor: 'x' }),
    },
    config: figureConfig,
  };
}

/** A closed outline: up along the upper ends, back along the lower ones, where an interval exists. */
function bandTrace(
  { label, fpr, low, high }: BandedCurve,
  i: number,
  floor: number,
  style: FigureStyle,
): PlotlyTrace {
  const at = Array.from(fpr.keys()).filter((point) => low[point] !== null && high[point] !== null);
  const back = [...at].reverse();
  // A log axis has no place for 0.
  const y = (value: number | null): number => compactNumber(Math.max(value ?? 0, floor));
  return {
    type: 'scatter',
    uid: `band-${i}`,
    name: `${plotText(label)}: 95 % band`,
    x: [...at, ...back].map((point) => compactNumber(fpr[point])),
    y: [...at.map((point) => y(high[point])), ...back.map((point) => y(low[point]))],
    mode: 'lines',
    line: { color: 'rgba(0,0,0,0)', width: 0 },
    fill: 'toself',
    fillcolor: translucent(methodStyle(themes[style.theme], i).color, 0.14),
    legendgroup: `attack-${i}`,
    showlegend: false,
    hoverinfo: 'skip',
  };
}

function curveTrace({ label, fpr, tpr }: BandedCurve, i: number, style: FigureStyle): PlotlyTrace {
  const look = methodStyle(themes[style.theme], i);
  const name = plotText(label);
  return {
    type: 'scatter',
    uid: `roc-${i}`,
    name,
    x: fpr.map(compactNumber),
    y: tpr.map((value) => (value > 0 ? compactNumber(value) : null)),
    mode: 'lines',
    line: { color: look.color, width: 2.2, shape: 'hv', dash: look.dash },
    legendgroup: `attack-${i}`,
    hovertemplate: `${name}<br>TPR %{y:.4f} at FPR %{x:.4f}<extra></extra>`,
  };
}
