import { z } from 'zod';
import type { SetAttack } from './attack';
import { onOutModels } from './on-out-models';

export const attackRParameters = z
  .object({
    /**
     * How the quantile is taken between k reference losses: their `share` above the target's loss (ties half), or
     * `linear` interpolation between neighbors, as the threshold of the authors' code (numpy's default percentile).
     */
    quantile: z.enum(['share', 'linear']).default('linear'),
  })
  .strict();

export type AttackROptions = z.input<typeof attackRParameters>;

/**
 * Attack R (Ye et al. 2022, ACM CCS, arXiv:2111.09679, section 4.4): where the target's loss lies among the losses of the
 * reference models that were not trained on the record. The score is 1 - q for the quantile q at which the record would
 * just be called a member; 1 = below all of them.
 *
 * Interpolated, losses outside the range of the k reference losses get 0 or 1, so that some non-members score 1 whenever k
 * is small: with k reference models about 1 in k + 1.
 */
export function attackR({ quantile }: z.output<typeof attackRParameters>): SetAttack {
  const name = quantile === 'linear' ? 'attack-r' : 'attack-r/share';
  return {
    name,
    title: `Attack R (per-record quantile${quantile === 'share' ? ', share' : ''})`,
    formula:
      quantile === 'share'
        ? 'share of out-models m with loss_m(x) > loss(x), ties half'
        : '1 - q, loss(x) = linear q-quantile of loss_m(x) over out-models m',
    reference: 'Ye et al. 2022, arXiv:2111.09679',
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
}

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
