import { z } from 'zod';
import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import {
  augmentedScaledLogits,
  crossEntropies,
  scaledLogits,
  trueClassProbabilities,
} from '../signals/statistics';
import type { AttackScores, SetAttack } from './attack';
import { liraFit, type LiraFit } from './lira-fit';

const lambda = 'phi = ln(p_y / (1 - p_y))';

export const liraParameters = z
  .object({
    /** Whether reference models that hold the record are used too. */
    online: z.boolean().default(true),
    variance: z
      .enum(['per-example', 'global', 'shrunken', 'carlini-fixed', 'leakpro-fixed', 'aerni-fixed'])
      .default('per-example'),
    center: z.enum(['median', 'mean']).default('median'),
    /** What is taken for Gaussian. A defense that moves the scaled logits may ask for another. */
    statistic: z.enum(['scaled-logit', 'loss', 'confidence']).default('scaled-logit'),
    /** Offline only: `one-sided` is the paper's form, `two-sided` that of the authors' code. */
    form: z.enum(['one-sided', 'two-sided']).default('one-sided'),
    /** `augmented` averages over the altered copies of each record. */
    queries: z.enum(['record', 'augmented']).default('record'),
  })
  .strict();

export type LiraOptions = z.input<typeof liraParameters>;

/**
 * The likelihood ratio attack (Carlini et al. 2022, IEEE S&P, arXiv:2112.03570, algorithm 1): is the target's statistic at
 * a record likelier among models that were trained on it or among models that were not?
 *
 * Online: ln N(phi; mu_in, sd_in) - ln N(phi; mu_out, sd_out). Offline, without models that hold the record:
 * one-sided z = (phi - mu_out) / sd_out, which ranks as ln Phi(z) does and never ties in the tails; two-sided
 * z^2 / 2 + ln sd_out. With several queries the score is the mean over the copies.
 *
 * Default variance: per example, which is the paper's choice from 64 models on; with few models the global one is less
 * noisy.
 */
export function lira(options: z.output<typeof liraParameters>): SetAttack {
  const { online, variance, center, statistic, form, queries } = options;
  const name = liraName(options);
  return {
    name,
    title: `LiRA, ${online ? 'online' : 'offline'}, ${variance.replace('-', ' ')} variance, ${center}${
      queries === 'augmented' ? ', several queries' : ''
    }`,
    formula: online
      ? `ln N(s; in) - ln N(s; out), s = ${statistic === 'scaled-logit' ? lambda : statistic}`
      : form === 'one-sided'
        ? '(s - mu_out) / sd_out'
        : 'z^2 / 2 + ln sd_out, z = (s - mu_out) / sd_out',
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
      'Fixed variance means four things in the public codes (see the option variance). Offline, the paper is one-sided and ' +
      "the authors' script, TF Privacy and PrivacyGuard two-sided. The authors cut every record to the smallest number of " +
      'in and out models; here each uses all that it has.',
    scores: (set) => score(set, options, name),
  };
}

/** E.g. `lira-online/per-example-median`; what differs from the defaults is appended. */
export function liraName({
  online,
  variance,
  center,
  statistic,
  form,
  queries,
}: z.output<typeof liraParameters>): string {
  return [
    `lira-${online ? 'online' : 'offline'}/${variance}-${center}`,
    ...(statistic === 'scaled-logit' ? [] : [statistic]),
    ...(online || form === 'one-sided' ? [] : [form]),
    ...(queries === 'record' ? [] : [queries]),
  ].join('-');
}

function score(set: SignalSet, options: z.output<typeof liraParameters>, name: string): AttackScores {
  const { online, queries } = options;
  const copies = copiesOf(set, options);
  const usable = new Uint8Array(set.n).fill(1);
  const scores = new Float64Array(set.n);
  for (const values of copies) {
    const fit = liraFit(set, values, options.variance, options.center);
    const own = values.subarray(set.target * set.n, (set.target + 1) * set.n);
    for (let i = 0; i < set.n; i++) {
      if (Number.isNaN(fit.outCenter[i]) || (online && Number.isNaN(fit.inCenter[i]))) usable[i] = 0;
      else scores[i] += recordScore(own[i], fit, i, options) / copies.length;
    }
  }
  const left = usable.reduce((sum, flag) => sum + 1 - flag, 0);
  if (left === set.n) {
    throw badInput(
      'the number of records with reference models',
      0,
      `${name} needs ${online ? 'in- and out-models' : 'out-models'} for some records`,
      'Pass reference models that were trained on random halves of the records',
    );
  }
  const notes = queries === 'augmented' ? [`${copies.length} queries a record`] : [];
  return left === 0
    ? { scores, notes }
    : { scores, usable, notes: [...notes, `${left} records lack a reference model on one side`] };
}

function recordScore(
  s: number,
  { inCenter, inDeviation, outCenter, outDeviation }: LiraFit,
  i: number,
  { online, form }: z.output<typeof liraParameters>,
): number {
  const z = (s - outCenter[i]) / outDeviation[i];
  if (!online) return form === 'one-sided' ? z : 0.5 * z * z + Math.log(outDeviation[i]);
  const zIn = (s - inCenter[i]) / inDeviation[i];
  return 0.5 * z * z + Math.log(outDeviation[i]) - 0.5 * zIn * zIn - Math.log(inDeviation[i]);
}

/** The statistic of all models, row-major [M, n], once a query; higher = member. */
function copiesOf(set: SignalSet, { statistic, queries }: z.output<typeof liraParameters>): Float64Array[] {
  if (queries === 'augmented') return augmentedCopies(set, statistic);
  switch (statistic) {
    case 'scaled-logit':
      return [scaledLogits(set)];
    case 'loss':
      return [crossEntropies(set).map((loss) => -loss)];
    case 'confidence':
      return [trueClassProbabilities(set)];
  }
}

function augmentedCopies(set: SignalSet, statistic: LiraOptions['statistic']): Float64Array[] {
  const all = augmentedScaledLogits(set);
  if (all === undefined || set.augmented === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'several queries need it',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  if (statistic !== 'scaled-logit') {
    throw badInput('statistic', statistic, 'several queries use the scaled logit', 'Leave the statistic out');
  }
  const { copies } = set.augmented;
  return Array.from({ length: copies }, (_, copy) =>
    Float64Array.from({ length: set.models * set.n }, (_value, at) => all[at * copies + copy]),
  );
}
