import { z } from 'zod';
import { badInput } from '../errors';
import { countAbove } from '../metrics/sorted-sides';
import { lossOfScaledLogit } from '../platform/math/log-space';
import type { SignalSet } from '../signals/signal-set';
import { crossEntropies, modelRow, populationScaledLogits } from '../signals/statistics';
import type { AttackScores } from './attack';
import { defineAttack, option } from './define-attack';
import { forEachRecord, meanOf, whereUsable } from './reference-sides';

// Attacks that place the target's loss among other losses: those of other records, or of models without the record.

/**
 * Attack P (Ye et al. 2022, ACM CCS, arXiv:2111.09679, section 4.2): the share of population records, seen by no model,
 * whose loss under the target is at least the record's; equal losses count.
 */
export const population = defineAttack({}, () => ({
  name: 'population',
  title: 'Attack P (population)',
  formula: 'share of population records z with loss(z) >= loss(x)',
  reference: 'Ye et al. 2022, arXiv:2111.09679',
  onTrueClass: true,
  threatModel:
    'The probability of the true class of each record and of other records of the population; no model of its own.',
  needs: ['population'],
  fittedOn: 'nothing',
  cost: { queries: '1 a record and 1 a population record', models: 'none' },
  differences: 'One public code has the order reversed; here a lower loss gives a higher score.',
  scores(set) {
    const phi = populationScaledLogits(set);
    if (phi === undefined || set.population === undefined) {
      throw badInput('population_logits', undefined, 'attack P needs them', 'Pass records that no model saw');
    }
    const size = set.population.n;
    const losses = phi
      .slice(set.target * size, (set.target + 1) * size)
      .map(lossOfScaledLogit)
      .sort();
    const own = modelRow(crossEntropies(set), set.n, set.target);
    const negated = losses.map((loss) => -loss).reverse();
    return { scores: own.map((loss) => (size - countAbove(negated, -loss)) / size), notes: [] };
  },
}));

/**
 * Attack R (Ye et al. 2022, ACM CCS, arXiv:2111.09679, section 4.4): where the target's loss lies among the losses of the
 * reference models that were not trained on the record. The score is 1 - q for the quantile q at which the record would
 * just be called a member; 1 = below all of them.
 *
 * Interpolated, losses outside the range of the k reference losses get 0 or 1, so that some non-members score 1 whenever k
 * is small: with k reference models about 1 in k + 1.
 */
export const attackR = defineAttack(
  {
    quantile: option(
      z.enum(['share', 'linear']).default('linear'),
      "how the quantile is taken between k reference losses: their share above the target's loss (ties half), or linear " +
        'interpolation between neighbors',
      "linear is the threshold of the authors' code (numpy's default percentile)",
    ),
  },
  ({ quantile }) => {
    const name = quantile === 'linear' ? 'attack-r' : 'attack-r/share';
    return {
      name,
      title: `Attack R (per-record quantile${quantile === 'share' ? ', share' : ''})`,
      formula:
        quantile === 'share'
          ? 'share of out-models m with loss_m(x) > loss(x), ties half'
          : '1 - q, loss(x) = linear q-quantile of loss_m(x) over out-models m',
      reference: 'Ye et al. 2022, arXiv:2111.09679',
      onTrueClass: true,
      threatModel:
        'The probability of the true class of each record; reference models trained as the target was, without the records.',
      needs: ['out-models'],
      fittedOn: 'nothing',
      cost: { queries: '1 a record', models: 'reference models without the records' },
      differences:
        'The paper also smooths by a Gaussian after a logit transform and takes the smaller of two thresholds; a Gaussian ' +
        'fitted to out-models is offline LiRA here.',
      scores: (set) => onOutModels(set, name, quantile === 'share' ? shareAbove : oneMinusQuantile),
    };
  },
);

/**
 * Difficulty calibration (Watson, Guo, Cormode and Sablayrolles 2022, ICLR, arXiv:2111.08440): the mean loss of the
 * reference models that were not trained on the record, minus the target's loss. A record that every model gets right is
 * no evidence.
 */
export const difficultyCalibration = defineAttack({}, () => {
  const name = 'difficulty-calibration';
  return {
    name,
    title: 'Difficulty calibration',
    formula: 'mean over out-models m of loss_m(x) - loss(x)',
    reference: 'Watson et al. 2022, arXiv:2111.08440',
    onTrueClass: true,
    threatModel:
      'The probability of the true class of each record; reference models trained as the target was, without the records.',
    needs: ['out-models'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record', models: 'reference models without the records' },
    differences:
      'TF Privacy subtracts the median or mean of in-models, out-models or both from any statistic (offset); here it is ' +
      'the mean loss of the out-models, as in the paper.',
    scores: (set) => onOutModels(set, name, (own, outside) => meanOf(outside) - own),
  };
});

function shareAbove(own: number, outside: Float64Array): number {
  let larger = 0;
  for (let m = 0; m < outside.length; m++) larger += outside[m] > own ? 1 : outside[m] === own ? 0.5 : 0;
  return larger / outside.length;
}

/** The inverse of the linear quantile; in the middle of a run of equal losses. With one loss: 1, 0.5 or 0 by comparison. */
function oneMinusQuantile(own: number, outside: Float64Array): number {
  const sorted = outside.sort();
  const last = sorted.length - 1;
  if (own < sorted[0]) return 1;
  if (own > sorted[last]) return 0;
  if (sorted[0] === sorted[last]) return 0.5;
  let above = sorted.length;
  while (above > 0 && sorted[above - 1] > own) above--;
  let below = above;
  while (below > 0 && sorted[below - 1] === own) below--;
  // Losses below .. above - 1 are equal to the target's.
  const position =
    above > below
      ? (below + above - 1) / 2
      : below - 1 + (own - sorted[below - 1]) / (sorted[below] - sorted[below - 1]);
  return 1 - position / last;
}

/**
 * A score of each record from the target's cross-entropy loss and those of the reference models that were not trained on
 * it, the same number for each record; records with fewer are not usable.
 */
function onOutModels(
  set: SignalSet,
  attack: string,
  scoreOf: (own: number, outside: Float64Array) => number,
): AttackScores {
  const losses = crossEntropies(set);
  const own = modelRow(losses, set.n, set.target);
  const usable = new Uint8Array(set.n);
  const scores = new Float64Array(set.n);
  forEachRecord(set, losses, 'out-models', (i, { outside }) => {
    if (outside.length === 0) return;
    usable[i] = 1;
    scores[i] = scoreOf(own[i], outside);
  });
  return whereUsable(attack, { scores, usable }, 'out-models');
}
