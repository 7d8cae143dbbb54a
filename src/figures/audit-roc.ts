import type { AuditedCurve } from '../audit/audit-result';
import { badInput } from '../errors';
import { bandTrace } from './band';
import { compactNumber } from './number-format';
import { plotText } from './plot-text';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { rocSpec } from './roc';
import { methodStyle, themes } from './theme';
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
    ...(i < bands ? [band(curve, i, first, style)] : []),
    curveTrace(curve, i, style),
  ]);
  return rocSpec(first, traces, framing, style);
}

function band(
  { attack, fpr, low, high }: AuditedCurve,
  i: number,
  floor: number,
  style: FigureStyle,
): PlotlyTrace {
  const { color } = methodStyle(themes[style.theme], i);
  const name = `${plotText(attack)}: 95 % band`;
  const parts = { uid: `band-${i}`, name, x: fpr, low, high, shape: 'hv', floor, color } as const;
  return { ...bandTrace(parts), legendgroup: `attack-${i}` };
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
