import type { AuditedCurve } from '../audit/audit-result';
import { badInput } from '../errors';
import { compactNumber } from './number-format';
import { plotText } from './plot-text';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { rocSpec } from './roc';
import { methodStyle, themes, translucent } from './theme';
import type { FigureStyle, Framing } from './theme';

export const auditRocHeight = 560;
/** Bands of more curves than this would cover each other. */
const bands = 2;

/**
 * ROC curves of several attacks on one model on log-log axes, where the few records that an attacker can be sure of are
 * seen. The strongest two have their 95 % bands.
 */
export function auditRoc(curves: readonly AuditedCurve[], framing: Framing, style: FigureStyle): PlotlySpec {
  if (curves.length === 0) {
    throw badInput('curves', curves, 'a ROC figure needs at least one attack', 'Pass the curves of an audit');
  }
  const first = Math.min(...curves.map(({ fpr }) => fpr[0]));
  const traces = curves.flatMap((curve, i) => [
    ...(i < bands ? [bandTrace(curve, i, first, style)] : []),
    curveTrace(curve, i, style),
  ]);
  return rocSpec(first, traces, framing, style);
}

/** A closed outline: up along the upper ends, back along the lower ones, where an interval exists. */
function bandTrace(
  { attack, fpr, low, high }: AuditedCurve,
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
    name: `${plotText(attack)}: 95 % band`,
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

function curveTrace({ attack, fpr, tpr }: AuditedCurve, i: number, style: FigureStyle): PlotlyTrace {
  const look = methodStyle(themes[style.theme], i);
  const name = plotText(attack);
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
