import type { AuditedCurve, AuditResult } from '../audit/audit-result';
import { badInput } from '../errors';
import { draftedFigure, type Figure, type FigureDraft } from './figure';
import { bandTrace } from './panels';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { rocSpec } from './roc';
import { compactNumber, plotText } from './text';
import { type FigureStyle, type Framing, methodStyle, themes } from './theme';

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

/** ROC curves of the strongest attacks with bands. */
export function auditRocFigure(result: AuditResult): Figure {
  const { curves, data } = result;
  const words = curves.map(({ attack, fpr, tpr }) => {
    const at = fpr.findIndex((rate) => rate >= 0.01);
    return `${attack}: TPR ${tpr[at].toFixed(3)} at FPR ${fpr[at].toFixed(3)}`;
  });
  return auditFigure(result, {
    title: 'ROC of the strongest attacks',
    alt: `ROC curves on logarithmic axes. ${words.join('. ')}.`,
    reading:
      'True positive rate at each false positive rate, the best attack of each family. On the left an attacker is sure of ' +
      `the few records that he names. The bands of the two strongest are 95 %, point by point, and count the uncertainty of the cut; nothing below 1/${data.nonMembers} can be measured.`,
    height: auditRocHeight,
    draw: (framing, style) => auditRoc(curves, framing, style),
  });
}

/** A figure of an audit: its caption says synthetic data and the command. */
export function auditFigure(result: AuditResult, draft: FigureDraft): Figure {
  const { synthetic } = result.data;
  const made = synthetic ? ' Synthetic data.' : '';
  const reproduce = result.command === '' ? '' : `\nReproduce: ${result.command}`;
  return draftedFigure(draft, `${draft.reading}${made}${reproduce}`, synthetic);
}
