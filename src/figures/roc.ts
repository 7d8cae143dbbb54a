import { badInput } from '../errors';
import { attainableRates } from '../metrics/attainable-rates';
import { tprAtFpr, type RocCurve } from '../metrics/roc';
import { compactNumber } from './number-format';
import { plotText } from './plot-text';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { figureConfig, framedLayout, logAxis, methodStyle, themes, translucent } from './theme';
import type { FigureStyle, Framing } from './theme';

/** The ROC curves of one method's attack, one a seed. */
export interface MethodRoc {
  readonly label: string;
  readonly curves: readonly Pick<RocCurve, 'fpr' | 'tpr' | 'thresholds'>[];
}

export const rocHeight = 520;
const pointsPerDecade = 24;

/** The false positive rates at which the curves of a study are drawn (see `attainableRates`). */
export function resolvableRates(nonMembers: number): number[] {
  return attainableRates(nonMembers, pointsPerDecade);
}

/**
 * ROC of one attack on log-log axes: each seed thin, the mean TPR at each FPR thick, chance as the diagonal. TPR at an
 * FPR follows the rule of src/metrics/roc.ts (largest TPR with FPR <= x), so the curves are steps.
 *
 * @param nonMembers number of non-members of one target; sets the smallest FPR that is shown
 */
export function roc(
  methods: readonly MethodRoc[],
  nonMembers: number,
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  if (methods.length === 0 || !Number.isInteger(nonMembers) || nonMembers < 1) {
    throw badInput(
      'number of non-members',
      nonMembers,
      'a ROC figure needs methods and non-members',
      'Pass a study',
    );
  }
  const rates = resolvableRates(nonMembers);
  return rocSpec(
    rates[0],
    methods.flatMap((method, i) => methodTraces(method, i, rates, style)),
    framing,
    style,
  );
}

/**
 * Curves on log-log axes with chance as the diagonal. Chance and the axes end where the data end: nothing below the
 * smallest rate is measured.
 *
 * @param smallest the smallest false positive rate of the curves, above 0
 */
export function rocSpec(
  smallest: number,
  curves: readonly PlotlyTrace[],
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  const theme = themes[style.theme];
  const chance: PlotlyTrace = {
    type: 'scatter',
    uid: 'chance',
    name: 'chance',
    x: [smallest, 1].map(compactNumber),
    y: [smallest, 1].map(compactNumber),
    mode: 'lines',
    line: { color: theme.faintInk, width: 1, dash: 'dot' },
    hoverinfo: 'skip',
  };
  const range = [Math.log10(smallest) - 0.03, 0.03] as const;
  return {
    data: [chance, ...curves],
    layout: {
      ...framedLayout(framing, style),
      xaxis: logAxis(theme, 'false positive rate (logarithmic)', range, { anchor: 'y' }),
      yaxis: logAxis(theme, 'true positive rate (logarithmic)', range, { anchor: 'x' }),
    },
    config: figureConfig,
  };
}

function methodTraces(
  method: MethodRoc,
  i: number,
  rates: readonly number[],
  style: FigureStyle,
): PlotlyTrace[] {
  const look = methodStyle(themes[style.theme], i);
  const name = plotText(method.label);
  const seeds = method.curves.map((curve) => rates.map((rate) => tprAtFpr(curve, rate)));
  const mean = rates.map((_, at) => seeds.reduce((sum, tpr) => sum + tpr[at], 0) / seeds.length);
  const line = (tpr: readonly number[]): Pick<PlotlyTrace, 'type' | 'x' | 'y' | 'mode' | 'legendgroup'> => ({
    type: 'scatter',
    x: rates.map(compactNumber),
    // A log axis has no place for 0.
    y: tpr.map((value) => (value > 0 ? compactNumber(value) : null)),
    mode: 'lines',
    legendgroup: `method-${i}`,
  });
  const thin = seeds.map((tpr, seed): PlotlyTrace => ({
    ...line(tpr),
    uid: `roc-${i}-${seed}`,
    name: `${name}, one seed`,
    showlegend: false,
    line: { color: translucent(look.color, 0.4), width: 0.8, shape: 'hv' },
    hoverinfo: 'skip',
  }));
  const thick: PlotlyTrace = {
    ...line(mean),
    uid: `roc-${i}-mean`,
    name,
    line: { color: look.color, width: 2.2, shape: 'hv', dash: look.dash },
    hovertemplate: `${name}<br>TPR %{y:.4f} at FPR %{x:.4f}<extra>mean over seeds</extra>`,
  };
  return method.curves.length > 1 ? [...thin, thick] : [thick];
}
