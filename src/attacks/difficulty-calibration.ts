import type { SetAttack } from './attack';
import { onOutModels } from './on-out-models';
import { meanOf } from './reference-sides';

/**
 * Difficulty calibration (Watson, Guo, Cormode and Sablayrolles 2022, ICLR, arXiv:2111.08440): the mean loss of the
 * reference models that were not trained on the record, minus the target's loss. A record that every model gets right is
 * no evidence.
 */
export function difficultyCalibration(): SetAttack {
  const name = 'difficulty-calibration';
  return {
    name,
    title: 'Difficulty calibration',
    formula: 'mean over out-models m of loss_m(x) - loss(x)',
    reference: 'Watson et al. 2022, arXiv:2111.08440',
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
}
