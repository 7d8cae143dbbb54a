import { z } from 'zod';
import { countAbove } from '../metrics/sorted-sides';
import { lossOfScaledLogit } from '../platform/math/log-space';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import { crossEntropies, populationScaledLogits } from '../signals/statistics';
import type { AttackNote, AttackScores } from './attack';
import { aboveZero, defineAttack, option, unit, type Filled } from './define-attack';
import { forEachRecord, logMeanExpNegative, whereUsable } from './reference-sides';

const shape = {
  online: option(
    z.boolean().default(true),
    'whether reference models that hold the record are used too',
    'Zarifzadeh et al. 2024',
  ),
  gamma: option(
    aboveZero.default(2),
    "how many times the likelihood ratio of a population record the record's own must reach",
    'Zarifzadeh et al. 2024',
  ),
  a: option(
    unit.default(0.3),
    'offline: p(x) = ((1 + a) p_out(x) + 1 - a) / 2; 1 takes p_out as it is',
    'Zarifzadeh et al. 2024, who choose it by data set',
  ),
};

export type RmiaOptions = z.input<z.ZodObject<typeof shape>>;
type Options = Filled<typeof shape>;

/**
 * The robust membership inference attack (Zarifzadeh, Liu and Shokri 2024, ICML, arXiv:2312.03262): the share of
 * population records z whose likelihood ratio p(z | target) / p(z) the record's own exceeds by the factor gamma:
 * score(x) = #{z: ratio(x) >= gamma ratio(z)} / Z, with ratio(x) = p(x | target) / p(x) and p(x) the mean over reference
 * models of the true-class probability. Sorted ratios make it O((N + Z) log Z), without a table of N x Z.
 *
 * Online, p(x) is the mean over the models that the record is compared with, as many of each side; offline it is
 * extrapolated from the out mean by `a`. Population records were seen by no model, so p(z) is the mean over all reference
 * models. Without population arrays the audited records themselves stand in, membership unseen, each but itself.
 *
 * With gamma = 1 the score is a rank of ratio(x): monotone in p(x | target) / p(x), with ties of 1 / Z.
 */
export const rmia = defineAttack(shape, (options) => {
  const { online, gamma, a } = options;
  const name = rmiaName(options);
  return {
    name,
    title: `RMIA (${online ? 'online' : `offline, a = ${a}`}, gamma ${gamma})`,
    formula: 'share of z with [p(x|t) / p(x)] / [p(z|t) / p(z)] >= gamma',
    reference: 'Zarifzadeh, Liu and Shokri 2024, arXiv:2312.03262',
    onTrueClass: true,
    threatModel:
      'The probability of the true class of each record and of population records; reference models trained as the ' +
      `target was, ${online ? 'with and without each record' : 'without the records'}.`,
    needs: ['out-models', ...(online ? (['in-models'] as const) : [])],
    fittedOn: 'nothing',
    cost: { queries: '1 a record and 1 a population record', models: 'at least one reference model' },
    differences:
      'p(y | x) is the plain softmax (the paper also has a Taylor softmax with margin). The 2024 research code counts one ' +
      'population record too many for non-members; later versions of it average the larger half of the reference signals, ' +
      'count ratios above gamma instead of at least gamma, and offline extrapolate p(z) too. Here the share is c / Z for ' +
      'every record, means are over the models that a record is compared with (as many in as out), and p(z) is a plain mean ' +
      'over all models, since population records were seen by none.',
    scores: (set) => score(set, options, name),
  };
});

function rmiaName({ online, gamma, a }: Options): string {
  const base = `rmia-${online ? 'online' : 'offline'}/gamma-${gamma}`;
  return online || a === 0.3 ? base : `${base}-a-${a}`;
}

/** The options of each variant that an audit runs. */
export const rmiaVariants: readonly RmiaOptions[] = [
  { gamma: 1 },
  { gamma: 2 },
  { online: false, gamma: 1 },
  { online: false, gamma: 2 },
];

function score(set: SignalSet, { online, gamma, a }: Options, name: string): AttackScores {
  const losses = crossEntropies(set);
  const own = losses.subarray(set.target * set.n, (set.target + 1) * set.n);
  const usable = new Uint8Array(set.n).fill(1);
  const ratios = new Float64Array(set.n);
  const compared = online ? 'in- and out-models' : 'out-models';
  forEachRecord(set, losses, compared, (i, { inside, outside }) => {
    if (outside.length === 0) {
      usable[i] = 0;
      return;
    }
    const logOut = logMeanExpNegative(outside);
    const marginal = online
      ? logMeanExpNegative(Float64Array.of(-logMeanExpNegative(inside), -logOut))
      : a === 1
        ? logOut
        : Math.log(((1 + a) * Math.exp(logOut) + 1 - a) / 2);
    ratios[i] = -own[i] - marginal;
  });
  const given = populationRatios(set);
  const population = given ?? ratios.filter((_, i) => usable[i] === 1).sort();
  const size = population.length - (given ? 0 : 1);
  const scores = ratios.map((ratio, i) => {
    if (usable[i] === 0) return 0;
    // ratio(z) <= ratio(x) / gamma, in logarithms.
    const cut = ratio - Math.log(gamma);
    const below = population.length - countAbove(population, cut);
    // Where the records stand in for the population, a record is not its own population.
    return (below - (given === null && ratio <= cut ? 1 : 0)) / Math.max(size, 1);
  });
  const notes: AttackNote[] = given === null ? [{ code: 'no-population' }] : [];
  return whereUsable(name, { scores, usable }, compared, notes);
}

/** ln p(z | target) - ln p(z) of the population records in ascending order; null where there are none. */
function populationRatios(set: SignalSet): Float64Array | null {
  const phi = populationScaledLogits(set);
  if (phi === undefined || set.population === undefined) return null;
  const size = set.population.n;
  const others = referenceModels(set);
  const buffer = new Float64Array(others.length);
  return Float64Array.from({ length: size }, (_, z) => {
    others.forEach((m, at) => (buffer[at] = lossOfScaledLogit(phi[m * size + z])));
    return -lossOfScaledLogit(phi[set.target * size + z]) - logMeanExpNegative(buffer);
  }).sort();
}
