import { z } from 'zod';
import { badInput } from '../errors';
import { logNormalCdf } from '../platform/math/distributions';
import { lossOfScaledLogit } from '../platform/math/log-space';
import type { SignalSet } from '../signals/signal-set';
import {
  augmentedHingeMargins,
  augmentedScaledLogits,
  crossEntropies,
  hingeMargins,
  scaledLogits,
  trueClassProbabilities,
} from '../signals/statistics';
import type { AttackScores } from './attack';
import { defineAttack, option, type Filled } from './define-attack';
import { forEachRecord, medianInPlace, squaresAbout, whereUsable } from './reference-sides';
import { orderFreeSum } from '../platform/math/order-free-sum';

/** All values of `LiraVariance`, in the order in which help texts and audits list them. */
export const liraVariances = [
  'per-example',
  'global',
  'shrunken',
  'carlini-fixed',
  'leakpro-fixed',
  'aerni-per-example',
  'aerni-fixed',
] as const;

/**
 * Where the standard deviation of a record's Gaussian comes from. The public codes mean four things by «fixed
 * variance»; each has its name here. Divisor k (ddof 0) unless said.
 * - per-example: the record's own k values (paper; the LiRA authors' plot.py and TF Privacy without fix_variance)
 * - global: residuals of all records from their own centers, each side its own (TF Privacy, advanced_mia.py, fix_variance)
 * - shrunken: (k own variance + 8 global variance) / (k + 8)
 * - carlini-fixed: all in values together, the spread between records included, for both sides; offline all out values
 *   (the LiRA authors' plot.py, fix_variance)
 * - leakpro-fixed: all values of each side together (LeakPro, lira.py, fixed)
 * - aerni-per-example: the record's own values, divisor k - 1 (misleading-privacy-evals, attack_util.py)
 * - aerni-fixed: all values of each side together, divisor k - 1 (the same, global_variance)
 * With one common deviation for both sides its size only rescales the score, so carlini-fixed ranks by centers alone.
 */
export type LiraVariance = (typeof liraVariances)[number];

/** What LiRA takes for Gaussian, and how each is written; higher = member. */
export const liraStatistics = {
  'scaled-logit': 'ln(p_y / (1 - p_y))',
  loss: 'ln p_y',
  confidence: 'p_y',
  hinge: 'z_y - max_{k != y} z_k',
} as const;

export type LiraStatistic = keyof typeof liraStatistics;

const shape = {
  online: option(
    z.boolean().default(true),
    'whether reference models that hold the record are used too',
    'Carlini et al. 2022, algorithm 1 (online) and the offline attack',
  ),
  variance: option(
    z.enum(liraVariances).default('per-example'),
    'where the standard deviation of a record comes from: its own values (per-example), residuals of all records (global), ' +
      "both (shrunken), or what a public code calls fixed: all values about their mean (carlini-fixed the in-models', " +
      "leakpro-fixed and aerni-fixed each side's, the aerni forms with divisor k - 1)",
    "paper; the authors' plot.py; TF Privacy advanced_mia.py; LeakPro lira.py; misleading-privacy-evals attack_util.py",
  ),
  center: option(
    z.enum(['median', 'mean']).default('median'),
    'the center of each Gaussian',
    "the authors' plot.py has medians; the paper means",
  ),
  statistic: option(
    z.enum(Object.keys(liraStatistics) as [LiraStatistic, ...LiraStatistic[]]).default('scaled-logit'),
    'what is taken for Gaussian; a defense that moves the scaled logits may ask for another',
    'Carlini et al. 2022 (scaled logit, and others compared); Aerni et al. 2024, arXiv:2404.17399',
  ),
  form: option(
    z.enum(['one-sided', 'log-tail', 'two-sided']).default('one-sided'),
    'offline only: z = (s - mu_out) / sd_out, which ranks as Phi(z) and never ties (one-sided); ln Phi(z) itself, which ' +
      'differs in rank only with several queries (log-tail); -ln N(s; out) (two-sided)',
    "paper and LeakPro are one-sided; the authors' script, TF Privacy and PrivacyGuard two-sided",
  ),
  queries: option(
    z.enum(['record', 'augmented']).default('record'),
    'the record alone, or the mean over its altered copies',
    'Carlini et al. 2022 (several queries at augmentations)',
  ),
};

export type LiraOptions = z.input<z.ZodObject<typeof shape>>;
type Options = Filled<typeof shape>;

/**
 * The likelihood ratio attack (Carlini et al. 2022, IEEE S&P, arXiv:2112.03570, algorithm 1): is the target's statistic s at
 * a record likelier among models that were trained on it or among models that were not?
 *
 * Online: ln N(s; mu_in, sd_in) - ln N(s; mu_out, sd_out). Offline, without models that hold the record: see `form`. With
 * several queries the score is the mean over the copies.
 *
 * Defaults: scaled logit, per-example variance, medians, which is what the paper uses from 64 models on. With fewer, a
 * record's own variance is noise, and `global` or `shrunken` usually does better; audits run them all.
 *
 * Each record is compared with as many in- as out-models (`comparedModels`); records without a model on a side that is
 * needed are marked as not usable; one value, or equal ones, get the global
 * deviation (see `liraFit`).
 */
export const lira = defineAttack(shape, (options) => {
  const { online, variance, center, statistic, form, queries } = options;
  const name = liraName(options);
  const words = [
    online ? 'online' : 'offline',
    ...(online ? [] : [form]),
    `${variance} variance`,
    center,
    ...(statistic === 'scaled-logit' ? [] : [`on the ${statistic}`]),
    ...(queries === 'augmented' ? ['several queries'] : []),
  ];
  return {
    name,
    title: `LiRA (${words.join(', ')})`,
    formula: `${formulaOf(options)}, s = ${liraStatistics[statistic]}`,
    reference: 'Carlini et al. 2022, arXiv:2112.03570',
    onTrueClass: true,
    threatModel:
      'The probability of the true class of each record; reference models trained as the target was, ' +
      (online ? 'with and without each record.' : 'without the records.'),
    needs: [
      'out-models',
      ...(online ? (['in-models'] as const) : []),
      ...(queries === 'augmented' ? (['augmented'] as const) : []),
    ],
    fittedOn: 'nothing',
    cost: {
      queries: queries === 'augmented' ? 'one a copy of a record' : '1 a record',
      models: online
        ? 'reference models on both sides of each record'
        : 'reference models without the records',
    },
    differences:
      'Fixed variance means four things in the public codes (see the option variance). Offline, the paper and LeakPro are ' +
      "one-sided, the authors' script, TF Privacy and PrivacyGuard two-sided. The authors cut every record to the smallest " +
      'number of in models and of out models over all records; here each record uses as many in as out models as it has both ' +
      'of, or a common number of out models. TF Privacy gives a record without models on a side the ' +
      'mean center of the others, here it is not scored. The codes add 1e-30 to deviations, so equal values give scores of ' +
      '1e60; here the global deviation stands in.',
    scores: (set) => score(set, options, name),
  };
});

function formulaOf({ online, form }: Options): string {
  if (online) return 'ln N(s; mu_in, sd_in) - ln N(s; mu_out, sd_out)';
  switch (form) {
    case 'one-sided':
      return '(s - mu_out) / sd_out';
    case 'log-tail':
      return 'ln Phi((s - mu_out) / sd_out)';
    case 'two-sided':
      return '-ln N(s; mu_out, sd_out)';
  }
}

/** E.g. `lira-online/per-example-median`; what differs from the defaults is appended. */
function liraName({ online, variance, center, statistic, form, queries }: Options): string {
  return [
    `lira-${online ? 'online' : 'offline'}/${variance}-${center}`,
    ...(statistic === 'scaled-logit' ? [] : [statistic]),
    ...(online || form === 'one-sided' ? [] : [form]),
    ...(queries === 'record' ? [] : [queries]),
  ].join('-');
}

/** The options of each variant that an audit runs. */
export const liraVariants: readonly LiraOptions[] = [
  ...liraVariances.map((variance) => ({ variance })),
  { center: 'mean' },
  { statistic: 'hinge' },
  { statistic: 'loss' },
  { queries: 'augmented' },
  ...(['per-example', 'global', 'shrunken'] as const).map((variance) => ({ online: false, variance })),
  { online: false, form: 'two-sided' },
  { online: false, queries: 'augmented' },
];

/**
 * The statistic of all models, row-major [M, n], or [M, n, A] on the altered copies. All are finite in float64 where p_y is
 * 0 or 1, since they come from logits by stable sums.
 *
 * @throws UserError when copies are asked for and the set has none
 */
function liraStatistic(set: SignalSet, statistic: LiraStatistic, queries: Options['queries']): Float64Array {
  return queries === 'augmented' ? onCopies(set, statistic) : onRecords(set, statistic);
}

function onRecords(set: SignalSet, statistic: LiraStatistic): Float64Array {
  switch (statistic) {
    case 'scaled-logit':
      return scaledLogits(set);
    case 'loss':
      return crossEntropies(set).map((loss) => -loss);
    case 'confidence':
      return trueClassProbabilities(set);
    case 'hinge':
      return hingeMargins(set);
  }
}

function onCopies(set: SignalSet, statistic: LiraStatistic): Float64Array {
  const values = statistic === 'hinge' ? augmentedHingeMargins(set) : augmentedScaledLogits(set);
  if (values === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'several queries a record need it',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  switch (statistic) {
    case 'loss':
      return values.map((phi) => -lossOfScaledLogit(phi));
    case 'confidence':
      return values.map((phi) => Math.exp(-lossOfScaledLogit(phi)));
    default:
      return values;
  }
}

/** Gaussians of every record (and copy): centers and standard deviations, [n] or [n, A]; NaN centers of empty sides. */
export interface LiraFit {
  readonly inCenter: Float64Array;
  readonly inDeviation: Float64Array;
  readonly outCenter: Float64Array;
  readonly outDeviation: Float64Array;
}

/** How many values of its own weigh as much as the global variance. */
const priorWeight = 8;

/** What one side of all records adds up to; sums over records do not depend on the records' order. */
class Side {
  readonly center: Float64Array;
  readonly counts: Int32Array;
  private readonly means: Float64Array;
  /** Sum of squares about the record's own mean. */
  readonly squares: Float64Array;

  constructor(places: number) {
    this.center = new Float64Array(places);
    this.counts = new Int32Array(places);
    this.means = new Float64Array(places);
    this.squares = new Float64Array(places);
  }

  add(place: number, values: Float64Array, center: Options['center']): void {
    const count = values.length;
    this.counts[place] = count;
    if (count === 0) {
      this.center[place] = NaN;
      return;
    }
    let sum = 0;
    let equal = true;
    for (let i = 0; i < count; i++) {
      sum += values[i];
      if (values[i] !== values[0]) equal = false;
    }
    // Equal values have no spread, whatever rounding makes of their mean.
    const mean = equal ? values[0] : sum / count;
    this.means[place] = mean;
    this.squares[place] = equal ? 0 : squaresAbout(values, mean);
    this.center[place] = center === 'mean' ? mean : medianInPlace(values);
  }

  /** Standard deviation of all values after `shifts` are taken from each record's, divisor total - ddof. */
  private pooled(shifts: Float64Array | null, ddof: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total <= ddof) return 0;
    const offsets = this.means.map((mean, i) => (this.counts[i] === 0 ? 0 : mean - (shifts?.[i] ?? 0)));
    const middle = orderFreeSum(offsets.map((offset, i) => offset * this.counts[i])) / total;
    const squares = this.squares.map((own, i) => own + this.counts[i] * (offsets[i] - middle) ** 2);
    return Math.sqrt(orderFreeSum(squares) / (total - ddof));
  }

  /** Of residuals from the records' centers, about their own mean. */
  get ofResiduals(): number {
    return this.pooled(this.center, 0);
  }

  /** Of all values together. */
  ofAll(ddof = 0): number {
    return this.pooled(null, ddof);
  }
}

/**
 * Fits a Gaussian a side to every record's values under the reference models.
 *
 * A deviation of 0 (one model, or equal values) is replaced by that of the residuals of all records on that side, and if
 * that is 0 too by 1, so that scores stay finite: the record is then ranked by its distances alone.
 *
 * @param values statistic of all models, row-major [M, n] or, with altered copies, [M, n, A]; what is pooled is pooled over
 *   copies too, as the codes do
 */
export function liraFit(
  set: SignalSet,
  values: Float64Array,
  { variance, center, online }: Pick<Options, 'variance' | 'center' | 'online'>,
): LiraFit {
  const places = values.length / set.models;
  const inSide = new Side(places);
  const outSide = new Side(places);
  forEachRecord(set, values, online ? 'in- and out-models' : 'out-models', (place, { inside, outside }) => {
    if (online) inSide.add(place, inside, center);
    outSide.add(place, outside, center);
  });
  return {
    inCenter: inSide.center,
    inDeviation: online ? deviations(inSide, variance, inSide) : inSide.center,
    outCenter: outSide.center,
    outDeviation: deviations(outSide, variance, online ? inSide : outSide),
  };
}

function deviations(side: Side, variance: LiraVariance, carlini: Side): Float64Array {
  const fixed = (deviation: number): Float64Array =>
    new Float64Array(side.center.length).fill(deviation > 0 ? deviation : 1);
  switch (variance) {
    case 'global':
      return fixed(side.ofResiduals);
    case 'carlini-fixed':
      return fixed(carlini.ofAll());
    case 'leakpro-fixed':
      return fixed(side.ofAll());
    case 'aerni-fixed':
      return fixed(side.ofAll(1));
  }
  const global = side.ofResiduals;
  const last = global > 0 ? global : 1;
  return side.squares.map((squares, i) => {
    const k = side.counts[i];
    const found =
      variance === 'shrunken'
        ? Math.sqrt((squares + priorWeight * global ** 2) / (k + priorWeight))
        : Math.sqrt(squares / Math.max(1, variance === 'aerni-per-example' ? k - 1 : k));
    return found > 0 ? found : last;
  });
}

function score(set: SignalSet, options: Options, name: string): AttackScores {
  const { online, statistic, queries } = options;
  const values = liraStatistic(set, statistic, queries);
  const fit = liraFit(set, values, options);
  const width = values.length / set.models;
  const copies = width / set.n;
  const own = values.subarray(set.target * width, (set.target + 1) * width);
  const usable = new Uint8Array(set.n);
  const scores = new Float64Array(set.n);
  for (let i = 0; i < set.n; i++) {
    // A model holds a record or not, so all copies have the same sides.
    const first = i * copies;
    if (Number.isNaN(fit.outCenter[first]) || (online && Number.isNaN(fit.inCenter[first]))) continue;
    usable[i] = 1;
    let sum = 0;
    for (let at = first; at < first + copies; at++) sum += scoreAt(own[at], fit, at, options);
    scores[i] = sum / copies;
  }
  return whereUsable(
    name,
    { scores, usable },
    online ? 'in- and out-models' : 'out-models',
    queries === 'augmented' ? [{ code: 'queries', queries: copies }] : [],
  );
}

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

function scoreAt(s: number, fit: LiraFit, at: number, { online, form }: Options): number {
  const sdOut = fit.outDeviation[at];
  const zOut = (s - fit.outCenter[at]) / sdOut;
  if (online) {
    const sdIn = fit.inDeviation[at];
    const zIn = (s - fit.inCenter[at]) / sdIn;
    return 0.5 * zOut * zOut + Math.log(sdOut) - 0.5 * zIn * zIn - Math.log(sdIn);
  }
  switch (form) {
    case 'one-sided':
      return zOut;
    case 'log-tail':
      return logNormalCdf(zOut);
    case 'two-sided':
      return 0.5 * zOut * zOut + Math.log(sdOut) + halfLogTwoPi;
  }
}
