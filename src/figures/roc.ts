import { badInput } from '../errors';
import type { StudyResult } from '../experiments/study-result';
import { attainableRates, type RocCurve, rocCurve, tprAtFpr } from '../metrics/roc';
import { meanOverSeeds } from '../metrics/over-seeds';
import { requireAllFinite, requireSameLength, requireSome } from './check-data';
import { type Figure, type FigureDraft, type FigureSource, sourcedFigure } from './figure';
import { bandTrace } from './panels';
import type { PlotlySpec, PlotlyTrace } from './plotly-spec';
import { type MethodChoice, mostSeeds, requireRecordLosses, studyFigure } from './study-data';
import { compactNumber, formatNumber, plotText } from './text';
import {
  figureConfig,
  type FigureStyle,
  framedLayout,
  type Framing,
  logAxis,
  methodStyle,
  themes,
  translucent,
} from './theme';

/** The ROC curves of one method's attack, one a seed. */
export interface MethodRoc {
  readonly label: string;
  readonly curves: readonly Pick<RocCurve, 'fpr' | 'tpr' | 'thresholds'>[];
}

export const rocHeight = 520;
const pointsPerDecade = 24;

function requireNonMembers(nonMembers: number): void {
  if (Number.isInteger(nonMembers) && nonMembers >= 1) return;
  throw badInput(
    'the number of non-members',
    nonMembers,
    'must be a whole number of at least 1',
    'Pass those of one target',
  );
}

/** The false positive rates at which the curves of a study are drawn (see `attainableRates`). */
export function resolvableRates(nonMembers: number): number[] {
  return attainableRates(nonMembers, pointsPerDecade);
}

/** From so many seeds on, their spread is drawn as a band instead of a thin line each. */
const bandFrom = 3;

/**
 * ROC on log-log axes: the mean TPR over seeds at each FPR, chance as the diagonal; the seeds as a band of 95 % t intervals
 * of the mean, or as thin lines where there are two. TPR at an FPR follows the rule of src/metrics/roc.ts (largest TPR
 * with FPR <= x), so the curves are steps.
 *
 * @param nonMembers number of non-members of one target; sets the smallest FPR that is shown
 */
export function roc(
  methods: readonly MethodRoc[],
  nonMembers: number,
  framing: Framing,
  style: FigureStyle,
): PlotlySpec {
  requireSome('methods', methods, 'Pass a study');
  requireNonMembers(nonMembers);
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
  const floor = rates[0];
  const spread =
    seeds.length >= bandFrom
      ? [{ ...seedBand(i, name, rates, seeds, floor, look.color), legendgroup: `method-${i}` }]
      : seeds.map((tpr, seed): PlotlyTrace => ({
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
  return method.curves.length > 1 ? [...spread, thick] : [thick];
}

function seedBand(
  i: number,
  name: string,
  rates: readonly number[],
  seeds: readonly (readonly number[])[],
  floor: number,
  color: string,
): PlotlyTrace {
  const ends = rates.map((_, at) => {
    const { estimate, low, high } = meanOverSeeds(seeds.map((tpr) => tpr[at]));
    // Seeds that agree have no interval; the band has no width there.
    return { low: Math.max(0, low ?? estimate), high: Math.min(1, high ?? estimate) };
  });
  return bandTrace({
    uid: `roc-${i}-band`,
    name: `${name}: 95 % t intervals over seeds`,
    x: rates,
    low: ends.map(({ low }) => low),
    high: ends.map(({ high }) => high),
    shape: 'hv',
    floor,
    color,
  });
}

/** How the spread over seeds is called in a caption. */
export function rocSeedWords(seeds: number): string {
  if (seeds === 1) return 'One seed.';
  return seeds >= bandFrom
    ? `Lines: means over ${seeds} seeds; shaded: 95 % t intervals of the mean, point by point.`
    : `Thick: mean over ${seeds} seeds; thin: each seed.`;
}

/**
 * ROC curves of one attack against several methods (or of several attacks) with bands over seeds.
 *
 * @param nonMembers of one target; nothing below 1 / nonMembers can be measured, so nothing is drawn there
 * @throws UserError for no method or seed, or a curve whose rates do not fit together
 */
export function rocBandsFigure(
  methods: readonly MethodRoc[],
  nonMembers: number,
  source: FigureSource,
): Figure {
  requireSome('methods', methods, 'Pass the curves of at least one');
  for (const { label, curves } of methods) {
    requireSome(`seeds of ${label}`, curves, 'Leave the method out');
    curves.forEach(({ fpr, tpr }, seed) => {
      requireSameLength(`rates (TPR) of seed ${seed} of ${label}`, tpr.length, 'rates (FPR)', fpr.length);
      requireAllFinite(`TPR of seed ${seed} of ${label}`, tpr);
      requireAllFinite(`FPR of seed ${seed} of ${label}`, fpr);
    });
  }
  requireNonMembers(nonMembers);
  const first = resolvableRates(nonMembers).find((rate) => rate >= 0.01) ?? 1;
  const words = methods.map(({ label, curves }) => {
    const tpr = curves.reduce((sum, curve) => sum + tprAtFpr(curve, first), 0) / curves.length;
    return `${label}: TPR ${formatNumber(tpr, 'proportion')} at FPR ${formatNumber(first, 'proportion')}`;
  });
  const seeds = Math.max(...methods.map(({ curves }) => curves.length));
  return sourcedFigure(
    {
      title: 'ROC curves',
      alt: `True positive rate against false positive rate on logarithmic axes. ${words.join('. ')}.`,
      reading:
        `${rocSeedWords(seeds)} The left end is what counts for privacy: members found while almost nobody is accused ` +
        `wrongly. Rates below 1/${nonMembers} cannot be resolved with ${nonMembers} non-members.`,
      height: rocHeight,
      draw: (framing, style) => roc(methods, nonMembers, framing, style),
    },
    source,
  );
}

/** ROC of the loss attack (score = -loss) of each method on log-log axes. */
export function rocFigure(result: StudyResult, choice: MethodChoice = {}): Figure {
  const { methods = result.defenses } = choice;
  requireRecordLosses(methods);
  const sizes = methods.flatMap((method) => method.runs.map((run) => run.nonMemberLosses.length));
  const nonMembers = Math.min(...sizes);
  const drawn = methods.map((method) => ({
    label: method.label,
    curves: method.runs.map((run) => lossAttackCurve(run.memberLosses, run.nonMemberLosses)),
  }));
  const aucs = methods.map(
    (method) => `${method.label}: AUC ${formatNumber(method.summary.auc.estimate, 'proportion')}`,
  );
  const draft: FigureDraft = {
    title: 'ROC of the loss attack',
    alt: `True positive rate against false positive rate of the loss attack on logarithmic axes. ${aucs.join(', ')}.`,
    reading:
      `${rocSeedWords(mostSeeds(methods))} The left end is what counts for privacy: members found while ` +
      `almost nobody is accused wrongly. Rates below 1/${nonMembers} cannot be resolved with ${nonMembers} non-members.`,
    height: rocHeight,
    draw: (framing, style) => roc(drawn, nonMembers, framing, style),
  };
  return studyFigure(result, draft, choice);
}

function lossAttackCurve(memberLosses: readonly number[], nonMemberLosses: readonly number[]): RocCurve {
  const scores = Float64Array.from([...memberLosses, ...nonMemberLosses], (loss) => -loss);
  const members = new Uint8Array(scores.length).fill(1, 0, memberLosses.length);
  return rocCurve(scores, members);
}
