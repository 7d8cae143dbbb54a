import { z } from 'zod';
import { logNormalCdf } from '../platform/math/log-normal-cdf';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';
import { liraFit, liraVariances, type LiraFit } from './lira-fit';
import { liraStatistic, liraStatistics, type LiraStatistic } from './lira-statistic';
import { whereUsable } from './reference-sides';

export const liraParameters = z
  .object({
    /** Whether reference models that hold the record are used too. */
    online: z.boolean().default(true),
    /** Where a record's standard deviation comes from; see `LiraVariance`. */
    variance: z.enum(liraVariances).default('per-example'),
    center: z.enum(['median', 'mean']).default('median'),
    /** What is taken for Gaussian. A defense that moves the scaled logits may ask for another. */
    statistic: z
      .enum(Object.keys(liraStatistics) as [LiraStatistic, ...LiraStatistic[]])
      .default('scaled-logit'),
    /**
     * Offline only. `one-sided`: z = (s - mu_out) / sd_out, which ranks as the paper's Phi(z) and never ties;
     * `log-tail`: ln Phi(z) itself, which differs in rank only with several queries; `two-sided`: -ln N(s; out), as the
     * authors' script, TF Privacy and PrivacyGuard have it.
     */
    form: z.enum(['one-sided', 'log-tail', 'two-sided']).default('one-sided'),
    /** `augmented` averages over the altered copies of each record. */
    queries: z.enum(['record', 'augmented']).default('record'),
  })
  .strict();

export type LiraOptions = z.input<typeof liraParameters>;
type Options = z.output<typeof liraParameters>;

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
export function lira(options: Options): SetAttack {
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
}

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
