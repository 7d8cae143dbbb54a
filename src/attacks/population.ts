import { z } from 'zod';
import { badInput } from '../errors';
import { countAbove } from '../metrics/sorted-sides';
import { crossEntropies, modelRow, populationScaledLogits } from '../signals/statistics';
import { lossOfScaledLogit } from '../platform/math/scaled-logit';
import type { SetAttack } from './attack';

export const populationParameters = z.object({}).strict();

/**
 * Attack P (Ye et al. 2022, ACM CCS, arXiv:2111.09679, section 4.2): the share of population records, seen by no model,
 * whose loss under the target is at least the record's; equal losses count.
 */
export function populationAttack(): SetAttack {
  return {
    name: 'population',
    title: 'Attack P (population)',
    formula: 'share of population records z with loss(z) >= loss(x)',
    reference: 'Ye et al. 2022, arXiv:2111.09679',
    threatModel:
      'The probability of the true class of each record and of other records of the population; no model of its own.',
    needs: ['population'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record and 1 a population record', models: 'none' },
    differences: 'One public code has the order reversed; here a lower loss gives a higher score.',
    scores(set) {
      const phi = populationScaledLogits(set);
      if (phi === undefined || set.population === undefined) {
        throw badInput(
          'population_logits',
          undefined,
          'attack P needs them',
          'Pass records that no model saw',
        );
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
  };
}
